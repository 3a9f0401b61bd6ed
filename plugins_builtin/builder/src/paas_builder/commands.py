"""The builder: commands."""

from __future__ import annotations

import typer
from paas import App, reports, settings, state

from .settings import SETTINGS

app = typer.Typer(help="Choose what builds an app.")


def _report(target: App) -> dict[str, str]:
    detected = state.property("builder", target.owner, "detected", "")
    return {"detected": detected} | SETTINGS.report(target)


reports.add_command(app, "builder", _report, SETTINGS.report_global)
settings.add_command(app, SETTINGS, applies="the next build")
