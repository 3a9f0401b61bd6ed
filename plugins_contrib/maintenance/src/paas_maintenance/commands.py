"""The maintenance: commands."""

from __future__ import annotations

import typer

from paas import App, apps, output, reports
from paas.params import AppName

from . import page

app = typer.Typer(help="Show a maintenance page instead of an app.")


@app.command("enable")
def enable(name: AppName) -> None:
    """Show the page; the app's processes go on."""
    target = apps.load(name)
    output.step(f"Enabling maintenance mode for {name}")
    page.show(target)


@app.command("disable")
def disable(name: AppName) -> None:
    """Let requests come to the app again."""
    target = apps.load(name)
    output.step(f"Disabling maintenance mode for {name}")
    page.hide(target)


def _report(target: App) -> dict[str, str]:
    return {"enabled": "true" if page.is_shown(target) else "false"}


reports.add_command(app, "maintenance", _report)
