"""Settings of a plugin, per app and for all: declared once, then set, read and reported alike.

SETTINGS = Settings("git", Setting("deploy-branch", "master", check=branch, help="The branch that deploys."))
SETTINGS.value(app, "deploy-branch")  # the app's, else the global one, else the default

settings.add_command(commands, SETTINGS)  # git:set
reports.add_command(commands, "git", SETTINGS.report, SETTINGS.report_global)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import state
from .apps import App
from .errors import InvalidValue, UsageError
from .state import GLOBAL

if TYPE_CHECKING:
    import typer

Check = Callable[[str], str]


@dataclass(frozen=True)
class Setting:
    """One setting; its value is a string, as people write it.

    Attributes:
        key: As in `NOUN:set APP KEY VALUE`.
        default: What holds when neither the app nor --global says anything.
        check: Gives the value back as it is kept, or raises InvalidValue.
        app: May be set for an app.
        everywhere: May be set for --global.
        blank: An empty value is kept, and turns off what the setting is for; else it clears the setting.
        help: What it does, a sentence.
    """

    key: str
    default: str = ""
    check: Check = str
    app: bool = True
    everywhere: bool = True
    blank: bool = False
    help: str = ""


class Settings:
    """The settings of one plugin, kept as its properties."""

    def __init__(self, noun: str, *settings: Setting) -> None:
        self.noun = noun
        self.all: Mapping[str, Setting] = {s.key: s for s in settings}

    def own(self, owner: App | str, key: str) -> str | None:
        """What is set for an app or GLOBAL itself, None if nothing is."""
        value: str | None = state.property(self.noun, _owner(owner), self._setting(key).key)
        return value

    def value(self, app: App | str, key: str) -> str:
        """What holds for an app: its own, else the global one, else the default."""
        for owner in (_owner(app), GLOBAL):
            if (value := self.own(owner, key)) is not None:
                return value
        return self._setting(key).default

    def set(self, owner: App | str, key: str, value: str | None) -> None:
        """Check and keep a value; None forgets it, and so does an empty one unless the setting may be blank.

        Raises:
            InvalidValue: The value isn't one for this setting.
            UsageError: There is no such setting, or not for this owner.
        """
        setting = self._setting(key)
        name = _owner(owner)
        if not (setting.everywhere if name == GLOBAL else setting.app):
            raise UsageError(f"{key} can only be set for {'an app' if name == GLOBAL else '--global'}.")
        kept = setting.check(value) if value else value if setting.blank else None
        state.change(self.noun, name, {key: kept})

    def copy(self, app: App, copy: App) -> None:
        """Give one app the settings of another."""
        kept = state.properties(self.noun, app.owner)
        state.change(self.noun, copy.owner, {k: v for k, v in kept.items() if k in self.all})

    def report(self, app: App) -> dict[str, str]:
        """Fields for a report: KEY, computed-KEY and global-KEY for settings that have both scopes."""
        fields: dict[str, str] = {}
        for key, setting in self.all.items():
            if setting.app:
                fields[key] = self.own(app, key) or ""
            if setting.everywhere:
                fields[f"computed-{key}"] = self.value(app, key)
                fields[f"global-{key}"] = self.value(GLOBAL, key)
        return fields

    def report_global(self) -> dict[str, str]:
        return {f"global-{key}": self.value(GLOBAL, key) for key, setting in self.all.items() if setting.everywhere}

    def _setting(self, key: str) -> Setting:
        if key not in self.all:
            raise UsageError(f"{self.noun} has no setting {key}.", hint=f"It has: {', '.join(sorted(self.all))}")
        return self.all[key]


def add_command(commands: typer.Typer, settings: Settings, applies: str = "the next deploy") -> None:
    """Add `NOUN:set` for these settings.

    Args:
        applies: When a new value takes effect, for the help.
    """
    from . import set_command

    set_command.add(commands, settings, applies)


def _owner(owner: App | str) -> str:
    return owner.owner if isinstance(owner, App) else owner


# Checks that many settings share

MAX_DIGITS = 18
"""More than any number needs, and less than what Python or SQLite refuse to read."""


def boolean(value: str) -> str:
    if value not in ("true", "false"):
        raise InvalidValue(f"{value!r} is neither true nor false.")
    return value


def whole_number(least: int = 0, most: int | None = None) -> Check:
    """A check for whole numbers in a range, both ends included."""

    def check(value: str) -> str:
        number = int(value) if value.isascii() and value.isdigit() and len(value) <= MAX_DIGITS else -1
        if number < least or (most is not None and number > most):
            upper = f" to {most}" if most is not None else " or more"
            raise InvalidValue(f"{value!r} is not a whole number, {least}{upper}.")
        return str(number)

    return check


def one_of(*choices: str) -> Check:
    def check(value: str) -> str:
        if value not in choices:
            raise InvalidValue(f"{value!r} is not one of {', '.join(choices)}.")
        return value

    return check


def relative_path(value: str) -> str:
    """A check for a path inside a source tree."""
    parts = value.split("/")
    if value.startswith("/") or ".." in parts or "\0" in value or not value.isprintable():
        raise InvalidValue(f"{value!r} is not a path inside the source.", hint="Leave out the leading / and any ..")
    return value
