"""app.json: commands."""

from __future__ import annotations

import typer

from paas import reports, settings

from .settings import SETTINGS

app = typer.Typer(help="An app's app.json: the manifest that comes with its source, and its scripts.")

reports.add_command(app, "app-json", SETTINGS.report, SETTINGS.report_global)
settings.add_command(app, SETTINGS)
