"""The scheduler-docker: commands; Dokku's name for the prefix, scheduler-docker-local, works too."""

from __future__ import annotations

import typer

from paas import reports, settings

from .settings import SETTINGS

app = typer.Typer(help="Run an app's processes as containers on this server.")

reports.add_command(app, "scheduler-docker", SETTINGS.report, SETTINGS.report_global)
settings.add_command(app, SETTINGS)
