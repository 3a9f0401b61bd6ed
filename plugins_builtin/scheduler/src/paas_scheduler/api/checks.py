"""What a process must pass before a deploy goes on, and how a scheduler has it tried."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from paas import PaasError


class Policy(StrEnum):
    """How the processes of a type are replaced.

    Attributes:
        checked: The new ones start beside the old ones and are checked.
        unchecked: They start beside the old ones and count as working at once.
        stop_first: The old ones are stopped before the new ones start; these are checked.
    """

    checked = "checked"
    unchecked = "unchecked"
    stop_first = "stop-first"


@dataclass(frozen=True)
class Target:
    """A process as checks see it, from outside its container.

    Attributes:
        container: Docker's id.
        address: Its address, as seen from the host.
        port: Where requests reach it; None if none are sent to it.
        since: When it was started, on the clock of `time.monotonic`.
    """

    container: str
    address: str
    port: int | None
    since: float


@dataclass(frozen=True)
class Check:
    """Something that must be true of a process.

    Attributes:
        name: What to call it.
        probe: Tries once, for so many seconds at most; raises PaasError where it fails.
        attempts: How often it is tried.
        timeout: Seconds for one try.
        wait: Seconds between two tries.
        initial_delay: Seconds before the first.
        uptime: Seconds that the process must have run before the first.
        warn: A failure is shown and fails nothing.
    """

    name: str
    probe: Callable[[Target, float], None]
    attempts: int = 3
    timeout: float = 5
    wait: float = 5
    initial_delay: float = 0
    uptime: float = 0
    warn: bool = False


def failure(check: Check, target: Target, halted: threading.Event) -> str:
    """Why a process doesn't pass a check, after all its attempts; empty if it does, or nobody waits any more."""
    halted.wait(max(check.initial_delay, check.uptime - (time.monotonic() - target.since)))
    reason = ""
    for attempt in range(check.attempts):
        if attempt:
            halted.wait(check.wait)
        if halted.is_set():
            return ""
        try:
            check.probe(target, check.timeout)
            return ""
        except PaasError as error:
            reason = error.message
    return reason
