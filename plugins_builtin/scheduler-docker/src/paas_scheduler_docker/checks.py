"""Does a new process work? Asked from outside its container, often and without sleeping longer than needed."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from paas import Endpoint, PaasError
from paas_docker.api import Engine, State

MEANINGS = {
    126: "126 says that its program can't be executed: is it for this kind of machine, and marked as executable?",
    127: "127 says that its program was not found: is it installed in the image, and spelt right?",
    137: "137 says that it was killed: did it need more memory than it may have?",
}
"""What exit codes mean that a shell, or Docker, gives."""


class Abandoned(PaasError):
    """Another process of the same deploy didn't work, so that this one isn't wanted any more."""

    def __init__(self) -> None:
        super().__init__("Another process failed.")


@dataclass(frozen=True)
class Patience:
    """How long to wait for what.

    Attributes:
        listening: Seconds that a routed process has until it must listen.
        uptime: Seconds that any other process must stay up.
        abandoned: Set when nobody waits any more.
    """

    listening: float = 60
    uptime: float = 2
    abandoned: threading.Event = field(default_factory=threading.Event)


def wait_until_it_works(engine: Engine, id: str, endpoint: Endpoint | None, patience: Patience) -> None:
    """Return once a container listens, or has run for a while if nothing is sent to it.

    Args:
        endpoint: Where it must listen; None for a process that isn't routed.

    Raises:
        PaasError: Why it doesn't work.
    """
    started = time.monotonic()
    for pause in _pauses():
        ready = listens(endpoint) if endpoint else time.monotonic() - started >= patience.uptime
        state = engine.state(id)
        if not state.is_running or state.restarts:
            raise PaasError(_end(state), hint=MEANINGS.get(state.exit_code))
        if ready:
            return
        if endpoint and time.monotonic() - started >= patience.listening:
            raise PaasError(
                f"it runs, but nothing listens on port {endpoint.port} after {patience.listening:g} seconds.",
                hint="Have it listen on 0.0.0.0 and on the port that the variable PORT names. "
                "Another port is chosen with ports:set, or with EXPOSE in a Dockerfile.",
            )
        if patience.abandoned.wait(pause):
            raise Abandoned


def listens(endpoint: Endpoint) -> bool:
    try:
        socket.create_connection((endpoint.address, endpoint.port), timeout=1).close()
    except OSError:
        return False
    return True


def _pauses() -> Iterator[float]:
    """Seconds between looks: quick at first, as most processes are."""
    pause = 0.01
    while True:
        yield pause
        pause = min(pause * 1.3, 0.25)


def _end(state: State) -> str:
    if state.error:
        return f"it could not be started: {state.error}"
    if state.restarts:
        return "it ended and was started again" + (f"; exit code {state.exit_code}." if state.exit_code else ".")
    return f"it exited with code {state.exit_code}."
