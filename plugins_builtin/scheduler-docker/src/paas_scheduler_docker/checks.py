"""Does a new process work? Asked from outside its container, often and without sleeping longer than needed."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

from paas import Endpoint, PaasError
from paas_docker.api import Engine, State

UPTIME = 2.0
"""Seconds that a process which doesn't listen must run to count as started."""


def wait_until_it_works(engine: Engine, id: str, endpoint: Endpoint | None, timeout: float) -> None:
    """Return once a container listens, or has run for a while if nothing is sent to it.

    Args:
        endpoint: Where it must listen; None for a process that isn't routed.
        timeout: Seconds that it has for that.

    Raises:
        PaasError: Why it doesn't work.
    """
    started = time.monotonic()
    for pause in _pauses():
        state = engine.state(id)
        if not state.is_running or state.restarts:
            raise PaasError(_end(state))
        elapsed = time.monotonic() - started
        if listens(endpoint) if endpoint else elapsed >= UPTIME:
            return
        if elapsed >= timeout and endpoint:
            raise PaasError(
                f"It runs, but nothing listens on port {endpoint.port} after {timeout:g} seconds.",
                hint="Have it listen on 0.0.0.0 and the port that the variable PORT names; "
                "ports:set or EXPOSE in a Dockerfile chooses another.",
            )
        time.sleep(pause)


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
        return f"It could not be started: {state.error}"
    return f"It ended at once, with exit code {state.exit_code}." if not state.restarts else "It ends and is restarted."
