"""The builder-herokuish: commands."""

from __future__ import annotations

import typer

from paas import reports, settings

from .settings import SETTINGS

app = typer.Typer(help="Build an app with buildpacks.")

reports.add_command(app, "builder-herokuish", SETTINGS.report, SETTINGS.report_global)
settings.add_command(app, SETTINGS, applies="the next build")
