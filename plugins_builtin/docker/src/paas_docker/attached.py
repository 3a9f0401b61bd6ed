"""Programs that have our input and output: a container's own, and further ones inside it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from paas import PaasError

from . import quick, session
from .api import NotFound

KILLED = 137


def run(id: str, *, tty: bool) -> int:
    """Start a container with our input and output, until it ends; its exit code."""
    streams = "stream=1&stdin=1&stdout=1&stderr=1"
    path = f"/containers/{quick.reference(id)}"
    with session.connected(f"{path}/attach?{streams}") as connection:
        quick.request("POST", f"{path}/start")
        session.pump(connection, _resizing(path), tty=tty)
    try:
        return int(quick.request("POST", f"{path}/wait", timeout=None)["StatusCode"])
    except NotFound:  # somebody has removed it
        return KILLED


def enter(
    id: str,
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    tty: bool,
    source: IO[bytes] | None,
    sink: IO[bytes] | None,
) -> int:
    """Run a program inside a container with our input and output, or others, until it ends; its exit code."""
    wanted = {
        "Cmd": list(command),
        "Env": [f"{key}={value}" for key, value in environment.items()],
        "Tty": tty,
        **{f"Attach{stream}": True for stream in ("Stdin", "Stdout", "Stderr")},
    }
    made = quick.request("POST", f"/containers/{quick.reference(id)}/exec", wanted)["Id"]
    path = f"/exec/{quick.reference(made)}"
    try:
        with session.connected(f"{path}/start", {"Detach": False, "Tty": tty}) as connection:
            session.pump(connection, _resizing(path), tty=tty, source=source, sink=sink)
    except BaseException:
        with suppress(PaasError):
            _hang_up(id, quick.get(f"{path}/json"))
        raise
    return _exit_code(path)


def _exit_code(path: str) -> int:
    """What a program ended with; Docker kills those of a container that ends."""
    with suppress(NotFound):
        code = quick.get(f"{path}/json")["ExitCode"]
        return KILLED if code is None else int(code)
    return KILLED


def _resizing(path: str) -> Any:
    def resize(rows: int, columns: int) -> None:
        quick.request("POST", f"{path}/resize", query={"h": str(rows), "w": str(columns)})

    return resize


def _hang_up(id: str, program: Mapping[str, Any]) -> None:
    """Tell a program inside a container, and what it has started, that nobody is there any more.

    Docker has no request for that, and would let it go on. It is started as the leader of a process group.
    """
    if program["Running"] and (inside := _number_inside(program["Pid"])):
        kill = {"Cmd": ["/bin/sh", "-c", f"kill -HUP -{inside}"], "User": "0:0"}
        made = quick.request("POST", f"/containers/{quick.reference(id)}/exec", kill)["Id"]
        quick.request("POST", f"/exec/{quick.reference(made)}/start", {"Detach": True})


def _number_inside(pid: int) -> int | None:
    """The number that a process of ours has in its container."""
    try:
        found = re.search(r"^NSpid:.*\t(\d+)$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    except OSError:
        return None
    return int(found[1]) if found else None
