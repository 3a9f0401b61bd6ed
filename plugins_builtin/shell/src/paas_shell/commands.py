"""The shell command."""

from __future__ import annotations

import typer

from paas import UsageError, cli, output
from paas.context import Context, current

from . import lines

app = typer.Typer(help="A prompt that runs paas commands.")

LEAVE = ("exit", "quit")


@app.command("shell")
def shell() -> int:
    """Run commands as they are typed, or come as input, a line each; exit or quit leaves."""
    code = 0
    for line in lines.read():
        try:
            words = cli.words(line)
        except UsageError as error:
            output.warn(error.message, error.hint)
            code = error.exit_code
            continue
        if words[:1] and words[0] in LEAVE:
            break
        code = carry_out(words) if words else code
    return code


def carry_out(words: list[str]) -> int:
    """Run one command, as if it had been called by whoever called us; its exit code."""
    here = current()
    try:
        return cli.run(words, Context(here.paths, here.caller))
    except Exception:  # a bug of it isn't the end of the shell
        import traceback

        output.warn(traceback.format_exc())
        return 1
