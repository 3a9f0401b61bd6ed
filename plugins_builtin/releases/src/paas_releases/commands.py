"""The releases: commands."""

from __future__ import annotations

from typing import Annotated

import typer

from paas import apps, output, releases, reports, settings
from paas.params import AppName, Format, OutputFormat

from . import comparing, going_back, history, images, showing
from .settings import SETTINGS

app = typer.Typer(help="What an app ran before, and the way back to it.")
Number = Annotated[int, typer.Argument(metavar="RELEASE", min=1, help="Its number, as in releases:list.")]
Values = Annotated[bool, typer.Option("--values", "--show-values", help="With the values of variables.")]


@app.command("list")
def listing(
    name: AppName,
    lines: Annotated[int, typer.Option("--num", "-n", min=1, help="How many, from the newest on.")] = 20,
    format: OutputFormat = Format.stdout,
) -> None:
    """List the releases of an app, the newest first."""
    target = apps.load(name)
    found, present = releases.all(target), images.present()
    if format is Format.json:
        return output.data([showing.data(release, present) for release in found])
    output.result(f"{name} releases")
    output.table([showing.HEADINGS, *(showing.row(release, present) for release in found[:lines])])
    if len(found) > lines:
        output.detail(f"… and {len(found) - lines} older ones; see --num")


@app.command("info")
def info(name: AppName, number: Number, values: Values = False, format: OutputFormat = Format.stdout) -> None:
    """Show all that a release is made of."""
    release, present = history.load(apps.load(name), number), images.present()
    if format is Format.json:
        return output.data(showing.details(release, present, values=values))
    output.fields(f"{name} release {number}", showing.fields(release, present, values=values))


@app.command("diff")
def diff(name: AppName, old: Number, new: Number, values: Values = False, format: OutputFormat = Format.stdout) -> None:
    """Show what is different between two releases."""
    target = apps.load(name)
    found = list(comparing.changes(history.load(target, old), history.load(target, new)))
    if format is Format.json:
        return output.data(comparing.data(found, values=values))
    output.result(f"{name} from release {old} to {new}")
    for line in comparing.lines(found, values=values) or ["(they are the same)"]:
        output.indented(line)


@app.command("rollback")
def rollback(
    name: AppName,
    number: Annotated[
        int | None, typer.Argument(metavar="[RELEASE]", min=1, help="Its number; else what was live before.")
    ] = None,
    parts: Annotated[
        str, typer.Option("--with", metavar="PART,...", help="Bring these back too: formation, domains, mounts.")
    ] = "",
) -> None:
    """Release what an older release was, with the variables that people had set then."""
    going_back.rollback(apps.load(name), number, going_back.parts(parts))


reports.add_command(app, "releases", showing.report, SETTINGS.report_global)
settings.add_command(app, SETTINGS, applies="the next deploy")
