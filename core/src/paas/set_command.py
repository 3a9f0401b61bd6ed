"""`NOUN:set` for the settings of a plugin; apart from them, since hooks read settings and need no Typer."""

from __future__ import annotations

import typer

from . import apps, output
from .params import AppOrGlobal, SettingKey, SettingValue
from .settings import Settings


def add(commands: typer.Typer, settings: Settings, applies: str) -> None:
    """Add `NOUN:set` for these settings.

    Args:
        applies: When a new value takes effect, for the help.
    """

    @commands.command("set", help=f"Set or clear a setting; it applies with {applies}.\n\n{_listed(settings)}")
    def set(name: AppOrGlobal, key: SettingKey, value: SettingValue = "") -> None:
        settings.set(apps.owner(name), key, value)
        output.step(f"Setting {key} to {value}" if value else f"Unsetting {key}")


def _listed(settings: Settings) -> str:
    # \b keeps the lines of a paragraph apart in the help
    return "\b\n" + "\n".join(f"{s.key:<24} {s.help}" for s in settings.all.values())
