"""The recorder: commands."""

from __future__ import annotations

import typer

from paas import output

from . import calls

app = typer.Typer(help="The hooks that were called.")


@app.command("calls")
def show() -> None:
    """Print the calls so far, one JSON object a line."""
    if calls.file().exists():
        output.raw(calls.file().read_text(encoding="utf-8"))


@app.command("forget")
def forget() -> None:
    """Start anew."""
    calls.file().unlink(missing_ok=True)
