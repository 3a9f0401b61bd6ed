"""The doctor command, and what can be set about it."""

from __future__ import annotations

from typing import Annotated

import typer

from paas import PaasError, output, reports, settings
from paas.context import current
from paas.params import Format, OutputFormat

from . import examination
from .settings import SETTINGS

app = typer.Typer(help="Check the whole installation, and repair what is safe to repair.")


@app.command("doctor")
def doctor(
    fix: Annotated[bool, typer.Option("--fix", help="Repair what is safe to repair.")] = False,
    format: OutputFormat = Format.stdout,
) -> None:
    """Check the whole installation, and say for each thing that is wrong what to do."""
    current().output.quiet |= format is Format.json  # nothing but the JSON, whatever a repair does
    found = examination.examine()
    if fix and examination.repair(found):
        found = examination.examine()
    if format is Format.json:
        output.data([examination.as_json(one) for one in found])
    else:
        examination.show(found)
    if errors := examination.errors(found):
        raise PaasError(examination.summary(errors))


reports.add_command(app, "doctor", SETTINGS.report, SETTINGS.report_global)
settings.add_command(app, SETTINGS)
