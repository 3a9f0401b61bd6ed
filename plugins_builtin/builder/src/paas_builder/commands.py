"""The builder: commands."""

from __future__ import annotations

import typer

from paas import reports, settings

from .settings import SETTINGS

app = typer.Typer(help="Choose what builds an app.")

reports.add_command(app, "builder", SETTINGS.report, SETTINGS.report_global)
settings.add_command(app, SETTINGS, applies="the next build")
