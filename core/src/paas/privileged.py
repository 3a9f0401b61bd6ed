"""Ask the root-owned helper for the few things that need root (see `roothelper`)."""

from __future__ import annotations

from . import process
from .context import current


def run(verb: str, *words: str, check: bool = True) -> str:
    """Have root carry out one verb.

    Returns:
        What it printed, both streams together.

    Raises:
        ProgramFailed: It refused or failed, and `check` is set.
    """
    done = process.run(command(verb, *words), check=check)
    return (done.stdout + done.stderr).decode(errors="replace")


def command(verb: str, *words: str) -> list[str]:
    """The argv that has root carry out one verb, for a caller that streams or becomes it."""
    paths = current().paths
    helper = str(paths.program / "current" / "bin" / "paas-root-helper") if paths.program else "paas-root-helper"
    return ["sudo", "-n", helper, verb, *words]
