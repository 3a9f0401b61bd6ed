"""The scheduler: commands."""

from __future__ import annotations

import typer

from paas import reports, settings

from .settings import SETTINGS, report

app = typer.Typer(help="Choose what runs an app's processes.")

reports.add_command(app, "scheduler", report, SETTINGS.report_global)
settings.add_command(app, SETTINGS)
