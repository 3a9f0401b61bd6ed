"""An app under load while it is changed in every way, and what its users saw."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from .client import Client

TESTS = Path(__file__).parents[1]
LAST_ANSWERS_SECONDS = 90


class Request(NamedTuple):
    """What became of a request.

    Attributes:
        kind: page, slow, upload or socket.
        due: When it was to be sent; seconds, as time.monotonic.
        seconds: From then to its answer.
        error: What was wrong; empty if nothing was.
    """

    kind: str
    due: float
    seconds: float
    error: str


@dataclass
class Load:
    """Requests that are sent while the block of `load` lasts.

    Attributes:
        seen: All of them; filled when the block ends.
        retried: How often a kept connection had been closed.
    """

    seen: list[Request] = field(default_factory=list)
    retried: int = 0
    _phases: dict[str, tuple[float, float]] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Name what is going on, to look at its requests alone."""
        start = time.monotonic()
        yield
        self._phases[name] = start, time.monotonic()

    def last(self, seconds: float) -> None:
        """Let nothing but the requests happen for so long."""
        time.sleep(seconds)

    @property
    def phases(self) -> list[str]:
        return list(self._phases)

    def seconds(self, phase: str) -> float:
        start, end = self._phases[phase]
        return end - start

    @property
    def lost(self) -> list[Request]:
        return [request for request in self.seen if request.error]

    def during(self, phase: str) -> list[Request]:
        start, end = self._phases[phase]
        return [request for request in self.seen if start <= request.due < end]

    def p99(self, phase: str) -> float:
        """The seconds within which 99 of 100 pages came."""
        times = sorted(request.seconds for request in self.during(phase) if request.kind == "page")
        return times[math.ceil(len(times) * 0.99) - 1]


@contextmanager
def load(client: Client, host: str, rate: float, seconds: float, upload_bytes: int = 10_000_000) -> Iterator[Load]:
    """Send requests to an app until the block ends, from a program of its own.

    Args:
        rate: Pages a second; slow requests, uploads and sockets come with them.
        seconds: When to end whatever happens.
    """
    # Users are elsewhere: their program doesn't wait for the server's processors.
    words = ["nice", "-n", "-10", sys.executable, "-m", "testbed.traffic", "--port", client.http_port, "--host", host]
    words += ["--rate", rate, "--seconds", seconds, "--upload-bytes", upload_bytes]
    found = Load()
    program = subprocess.Popen([*map(str, words)], cwd=TESTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield found
        out, _ = program.communicate(timeout=LAST_ANSWERS_SECONDS)
        assert program.returncode == 0, "The load has broken off."
        told = json.loads(out)
        found.seen, found.retried = [Request(*each) for each in told["seen"]], told["retried"]
    finally:
        program.kill()
        program.wait()
