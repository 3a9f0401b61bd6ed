"""Does a new process work? Asked from outside its container, often and without sleeping longer than needed."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from paas import App, Endpoint, PaasError, Release
from paas_docker.api import Engine, State
from paas_scheduler import api as scheduler
from paas_scheduler.api.checks import Check, Policy, Target, failure

from .settings import SETTINGS

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


class ChecksFailed(PaasError):
    """A process runs, and doesn't pass checks that somebody asked for."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__("\n".join(reasons))
        self.count = len(reasons)


@dataclass(frozen=True)
class Demands:
    """What the processes of a type must show, and how long to wait for it.

    Attributes:
        policy: How they are replaced.
        checks: What they must pass beyond what every process must.
        listening: Seconds that a routed process has until it must listen.
        uptime: Seconds that any other process must stay up.
        restarts: How often Docker may have started it again, as it has for one that has run for long.
    """

    policy: Policy = Policy.checked
    checks: Sequence[Check] = ()
    listening: float = 60
    uptime: float = 2
    restarts: int = 0


def demands(app: App, release: Release, type: str) -> Demands:
    """What processes of a type must show, as settings and plugins say."""
    checks = scheduler.startup_checks(app, release, type)
    uptime = 0 if checks else float(SETTINGS.value(app, "start-uptime"))
    return Demands(scheduler.policy(app, type), checks, float(SETTINGS.value(app, "start-timeout")), uptime)


def wait_until_it_works(
    engine: Engine, id: str, endpoint: Endpoint | None, wanted: Demands, abandoned: threading.Event
) -> list[str]:
    """Return once a container shows what is wanted of it.

    Args:
        endpoint: Where it must listen; None for a process that isn't routed.
        abandoned: Set when nobody waits any more.

    Returns:
        Why it fails checks that only warn.

    Raises:
        PaasError: Why it doesn't work.
    """
    if wanted.policy is Policy.unchecked:
        return []
    _wait_until_it_runs(engine, id, endpoint, wanted, abandoned)
    return _pass(engine, _target(engine.state(id), endpoint), wanted, abandoned) if wanted.checks else []


def _wait_until_it_runs(
    engine: Engine, id: str, endpoint: Endpoint | None, wanted: Demands, abandoned: threading.Event
) -> None:
    """Return once a container listens, or has run for a while if nothing is sent to it."""
    started = time.monotonic()
    for pause in _pauses():
        ready = listens(endpoint) if endpoint else time.monotonic() - started >= wanted.uptime
        _require_running(engine.state(id), wanted.restarts)
        if ready:
            return
        if endpoint and time.monotonic() - started >= wanted.listening:
            raise PaasError(
                f"it runs, but nothing listens on port {endpoint.port} after {wanted.listening:g} seconds.",
                hint="Have it listen on 0.0.0.0 and on the port that the variable PORT names. "
                "Another port is chosen with ports:set, or with EXPOSE in a Dockerfile.",
            )
        if abandoned.wait(pause):
            raise Abandoned


def _pass(engine: Engine, target: Target, wanted: Demands, abandoned: threading.Event) -> list[str]:
    """Try all checks at once while the container runs; why it fails those that only warn.

    Raises:
        ChecksFailed: Why it fails others.
        PaasError: It doesn't run any more.
    """
    from concurrent.futures import ThreadPoolExecutor, wait

    halted = threading.Event()
    with ThreadPoolExecutor(len(wanted.checks)) as pool:
        attempts = {pool.submit(failure, check, target, halted): check for check in wanted.checks}
        try:
            for pause in _pauses():
                waiting = wait(attempts, timeout=pause).not_done
                _require_running(engine.state(target.container), wanted.restarts)
                if not waiting:
                    break
                if abandoned.is_set():
                    raise Abandoned
        finally:
            halted.set()
    failed = [(check, f"{check.name}: {attempt.result()}") for attempt, check in attempts.items() if attempt.result()]
    if reasons := [reason for check, reason in failed if not check.warn]:
        raise ChecksFailed(reasons)
    return [reason for _check, reason in failed]


def _target(state: State, endpoint: Endpoint | None) -> Target:
    # Docker's time is in UTC, with more digits than Python reads.
    started = datetime.strptime(state.started_at[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    age = max(0.0, time.time() - started.timestamp())
    port = endpoint.port if endpoint else None
    return Target(state.id, state.address or "", port, time.monotonic() - age)


def _require_running(state: State, restarts: int) -> None:
    if not state.is_running or state.restarts > restarts:
        raise PaasError(_end(state), hint=MEANINGS.get(state.exit_code))


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
