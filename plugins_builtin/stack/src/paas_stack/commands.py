"""The stack: commands."""

from __future__ import annotations

from typing import Annotated

import typer

from paas import apps, output, reports
from paas.params import Format, OptionalAppOrGlobal, OutputFormat
from paas.state import GLOBAL

from . import making

app = typer.Typer(help="The image in which buildpacks run, made on this server.")

Anew = Annotated[bool, typer.Option("--no-cache", help="Even if it is there: with the packages of today.")]


@app.command("stack", hidden=True)
def default() -> None:
    """Say whether there is a stack."""
    report(None, Format.stdout)


@app.command("report")
def report(name: OptionalAppOrGlobal = None, format: OutputFormat = Format.stdout) -> None:
    """Show the stack of this server, if there is one; it is the same for every app."""
    if name not in (None, GLOBAL):
        apps.load(name)
    current = making.current()
    found = current or making.older()
    values = {
        "image": found.tags[0] if found and found.tags else "",
        "id": found.id if found else "",
        "current": "true" if current else "false",
    }
    reports.show("stack", name or GLOBAL, values, format)


@app.command("build")
def build(no_cache: Anew = False) -> None:
    """Make the image in which buildpacks run from the packages of this server's distribution."""
    if not no_cache and (found := making.current()):
        making.remove_older()
        return output.step(f"The stack is there already: {found.tags[0] if found.tags else found.id}")
    made = making.build(anew=no_cache)
    output.result(f"The stack is built: {made.tags[0] if made.tags else made.id}")
