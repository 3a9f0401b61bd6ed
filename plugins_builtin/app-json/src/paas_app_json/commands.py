"""app.json: commands."""

from __future__ import annotations

import typer

from paas import reports, settings

from .settings import SETTINGS

app = typer.Typer(help="Where an app's app.json is.")

reports.add_command(app, "app-json", SETTINGS.report, SETTINGS.report_global)
settings.add_command(app, SETTINGS)
