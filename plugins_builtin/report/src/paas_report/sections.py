"""Every plugin's report of an app, one after the other."""

from __future__ import annotations

from collections.abc import Iterator

import typer

from paas import App, PaasError, hooks, output, typed
from paas import help as helping
from paas.help import Prefix
from paas.plugins import PluginFailed

ITSELF = "report"


def show(app: App) -> list[str]:
    """Print what each plugin reports of an app; the names of those that can't."""
    return [prefix.name for prefix, commands in _reporting() if not _print(prefix, commands, app)]


def _reporting() -> Iterator[tuple[Prefix, typer.Typer]]:
    """The plugins that have a report, in the order in which they are called."""
    order = {name: place for place, name in enumerate(hooks.plugins().order)}
    order.pop(ITSELF, None)
    own = (prefix for prefix in helping.usable() if prefix.name == prefix.plugin and prefix.name in order)
    for prefix in sorted(own, key=lambda prefix: order[prefix.name]):
        commands = helping.loaded(prefix.entry)
        if prefix.command(commands, f"{prefix.name}:report"):
            yield prefix, commands


def _print(prefix: Prefix, commands: typer.Typer, app: App) -> bool:
    try:
        return typed.run(commands, prefix, f"{prefix.name}:report", [app.name]) == 0
    except PaasError as error:
        failed = error
    except Exception as error:  # a bug of one plugin keeps no other from its report
        failed = PluginFailed(prefix.name, error)
    output.warn(f"{prefix.name} can't report of {app.name}: {failed.message}", failed.hint)
    return False
