"""The commands that run, as people and as programs read them."""

from __future__ import annotations

import time
from collections.abc import Sequence

from paas import App, output
from paas.params import Format
from paas_scheduler.api import OneOff

WIDTH = 40
UNITS = ((86400, "days"), (3600, "hours"), (60, "minutes"))


def show(app: App, running: Sequence[OneOff], form: Format) -> None:
    if form is Format.json:
        return output.data([_as_json(one) for one in running])
    output.result(f"{app.name} run containers")
    rows = [(one.name, short(one.command), f"{age(time.time() - one.created_at)} ago") for one in running]
    output.table([("NAMES", "COMMAND", "CREATED"), *rows])


def short(command: str) -> str:
    """A command that fits into a column."""
    line = " ".join(command.split())
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"


def age(seconds: float) -> str:
    """A time that has passed, in the largest unit of which it is two or more."""
    for length, unit in UNITS:
        if seconds >= 2 * length:
            return f"{int(seconds // length)} {unit}"
    return f"{int(seconds)} seconds"


def _as_json(one: OneOff) -> dict[str, str | int]:
    return {
        "name": one.name,
        "state": one.state,
        "command": one.command,
        "created_at": _stamp(one.created_at),
        "ends_at": _stamp(one.ends_at),
    }


def _stamp(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
