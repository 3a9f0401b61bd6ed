"""The builds: commands."""

from __future__ import annotations

import signal
from enum import StrEnum
from typing import Annotated

import typer

from paas import App, apps, output, reports, settings
from paas.builds import BUILD, DEPLOY
from paas.cancelling import end_with_reader
from paas.params import AppName, Format, OptionalAppName, OutputFormat

from . import cancelling, pruning, reading, records, showing
from .records import Status
from .settings import SETTINGS

app = typer.Typer(help="Watch and cancel deploys, and read what they printed.")


class Kind(StrEnum):
    build = BUILD
    deploy = DEPLOY


@app.command("list")
def listing(
    name: OptionalAppName = None,
    format: OutputFormat = Format.stdout,
    kind: Annotated[Kind | None, typer.Option("--kind", help="Only those that build, or only the others.")] = None,
    status: Annotated[Status | None, typer.Option("--status", help="Only those that are so.")] = None,
) -> None:
    """List the builds of an app, the newest first; without an app those of all apps that are going on."""
    found = [
        record
        for record in (records.of(apps.load(name)) if name else records.running())
        if kind in (None, record.kind) and status in (None, record.status)
    ]
    if format is Format.json:
        return output.data([showing.data(record) for record in found])
    output.result(f"{name} builds" if name else "Running builds")
    output.table([showing.HEADINGS, *map(showing.row, found)])


@app.command("info")
def info(
    name: AppName,
    id: Annotated[str, typer.Argument(metavar="BUILD", help="Its id, as in builds:list, or current.")],
    format: OutputFormat = Format.stdout,
) -> None:
    """Show what is known of a build."""
    record = records.load(apps.load(name), id)
    if format is Format.json:
        return output.data(showing.data(record))
    output.fields(f"{record.id} build information", showing.fields(record))


@app.command("output")
def printed(
    name: AppName,
    id: Annotated[str, typer.Argument(metavar="[BUILD|current]", help="Its id; else the newest.")] = "current",
) -> None:
    """Print what a build printed; of one that is going on all that comes, until it ends."""
    record = records.load(apps.load(name), id)
    if record.is_running:
        end_with_reader(signal.SIGTERM)  # there is nothing to clean up
    for text in reading.printed(record):
        output.raw(text)


@app.command("cancel")
def cancel(name: AppName) -> None:
    """Stop the build or deploy of an app that is going on; what ran before goes on running."""
    cancelling.cancel(apps.load(name))


@app.command("prune")
def prune(
    name: OptionalAppName = None,
    every: Annotated[bool, typer.Option("--all-apps", help="Of all apps.")] = False,
) -> None:
    """Forget builds beyond those that are to be kept, with their logs, and say of killed ones that they failed."""
    for target in apps.chosen(name, every):
        _prune(target)


def _prune(target: App) -> None:
    records.give_up(target)
    output.step(f"Pruned {pruning.prune(target)} builds of {target.name}")


reports.add_command(app, "builds", SETTINGS.report, SETTINGS.report_global)
settings.add_command(app, SETTINGS, applies="the next build")
