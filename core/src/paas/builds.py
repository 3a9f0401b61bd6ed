"""Deploys as whoever waits for one sees them: each has an id and a log, whether it comes to something or not."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import hooks, hookspecs, output
from .apps import App
from .cancelling import Cancelled
from .context import current
from .errors import PaasError

BUILD, DEPLOY = "build", "deploy"
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
TIME_DIGITS, RANDOM_DIGITS = 10, 4


@dataclass(frozen=True)
class Build:
    """A deploy that has begun.

    Attributes:
        id: 14 digits and letters; a later one's is greater.
        kind: `build` when it makes an image of a source, `deploy` when it starts one that is there.
        reason: What asked for it, such as `git push`.
        created_by: The key or the account.
        started_at: Seconds since the epoch.
        pid: The process that is at it.
    """

    id: str
    kind: str
    reason: str
    created_by: str
    started_at: float
    pid: int


@contextmanager
def recorded(app: App, kind: str, reason: str) -> Iterator[Build]:
    """Write all that is said in the block to a log of its own, and tell plugins how it began and ended."""
    now = time.time()
    build = Build(new_id(now), kind, reason, current().caller.name, now, os.getpid())
    with output.recorded(log(app, build.id)):
        hooks.tell(hookspecs.builds_record_start, app, build)
        status = "failed"
        try:
            yield build
            status = "succeeded"
        except Cancelled as error:
            status = "canceled"
            output.only_recorded(str(error))
            raise
        except PaasError as error:
            output.only_recorded(error.message, error.hint)
            raise
        finally:
            hooks.tell(hookspecs.builds_record_finalize, app, build, status)


def log(app: App, id: str) -> Path:
    """Where a deploy's output is kept."""
    return folder(app) / f"{id}.log"


def folder(app: App) -> Path:
    return current().paths.app(app.name) / "builds"


def new_id(now: float) -> str:
    """An id that nobody has: the time in microseconds, and a bit of chance."""
    chance = int.from_bytes(os.urandom(8)) % 36**RANDOM_DIGITS
    return _base36(int(now * 1e6), TIME_DIGITS) + _base36(chance, RANDOM_DIGITS)


def _base36(number: int, digits: int) -> str:
    return "".join(DIGITS[number // 36**place % 36] for place in reversed(range(digits)))
