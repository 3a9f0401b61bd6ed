"""What schedulers give to other plugins."""

from __future__ import annotations

from dataclasses import dataclass

from paas import Slot


@dataclass(frozen=True)
class ProcessStatus:
    """What became of a process.

    Attributes:
        state: Docker's word (running, exited …), or `missing`.
        container: The container's full id.
    """

    slot: Slot
    state: str
    container: str


@dataclass(frozen=True)
class LogQuery:
    """Which lines of an app's processes are wanted.

    Attributes:
        process: A type (`web`) or one process (`web.1`); empty for all.
        lines: The last so many of each process.
        follow: Go on with new lines until interrupted.
    """

    process: str = ""
    lines: int = 100
    follow: bool = False


@dataclass(frozen=True, order=True)
class LogLine:
    """One line: when, as RFC 3339 with nanoseconds and `Z`, by which process, and its text."""

    time: str
    process: str
    text: str
