"""The containers of commands that people run: which there are, and whether they may go on.

The store doesn't know them; their labels say how long they may go on, and which process of ours made them. What nobody
attends any more is removed like anything else that is astray.
"""

from __future__ import annotations

import calendar
import os
import shlex
import time
from collections.abc import Mapping
from typing import Any

from paas import App, locks
from paas_docker.api import NotFound, State, engine, owned_by
from paas_scheduler.api import OneOff

from . import remove

KIND = "paas.one-off"
"""Label with what the container is for: `run`."""
ENDS = "paas.ends-at"
"""Label with when it is stopped, in seconds since the epoch."""
ATTENDANT = "paas.attendant"
"""Label with the process of ours that made it, as `PID.BORN`."""
DETACHED = "paas.detached"
"""Label of one that goes on without the process that made it; Docker removes it when it has ended."""
ALIVE = ("running", "paused", "restarting")
GRACE_SECONDS = 10
"""Between SIGTERM and SIGKILL."""


def labels(kind: str, ttl_seconds: int, *, detached: bool) -> dict[str, str]:
    """The labels of a container that this process makes."""
    pid = os.getpid()
    own = {KIND: kind, ENDS: str(int(time.time()) + ttl_seconds), ATTENDANT: f"{pid}.{locks.born(pid)}"}
    return own | ({DETACHED: ""} if detached else {})


def may_go_on(container: State) -> bool:
    """Whether a container is of a command that is attended, or goes on by itself, and whose time hasn't passed."""
    return (
        KIND in container.labels and not _is_late(container) and (_is_attended(container) or _is_on_its_own(container))
    )


def _is_late(container: State) -> bool:
    return time.time() >= float(container.labels[ENDS])


def _is_attended(container: State) -> bool:
    pid, _, born = container.labels[ATTENDANT].partition(".")
    return locks.born(int(pid)) == int(born)


def _is_on_its_own(container: State) -> bool:
    return DETACHED in container.labels and container.status in ALIVE


def running(app: App) -> list[OneOff]:
    """The commands of an app that run, the oldest first."""
    return sorted((_described(found) for found in _inspected(app)), key=lambda one: one.created_at)


def retire(app: App) -> list[str]:
    """Stop those whose time has passed; their names."""
    late = [c for c in engine().containers(owned_by(app) | {KIND: ""}) if c.status in ALIVE and _is_late(c)]
    for container in late:
        stop(container.id)
    return [container.name for container in late]


def stop(id: str) -> None:
    """Stop a command and leave nothing of it."""
    remove.now(engine(), [id], GRACE_SECONDS)


def _inspected(app: App) -> list[dict[str, Any]]:
    found = []
    for container in engine().containers(owned_by(app) | {KIND: ""}):
        if container.status in ALIVE:
            try:
                found.append(engine().inspect(container.id))
            except NotFound:  # it has just ended
                continue
    return found


def _described(found: Mapping[str, Any]) -> OneOff:
    return OneOff(
        name=found["Name"].lstrip("/"),
        container=found["Id"],
        state=found["State"]["Status"],
        command=shlex.join(found["Config"]["Cmd"] or ()),
        created_at=calendar.timegm(time.strptime(found["Created"][:19], "%Y-%m-%dT%H:%M:%S")),
        ends_at=float(found["Config"]["Labels"][ENDS]),
    )
