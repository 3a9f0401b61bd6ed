"""Locks that free themselves when their holder dies, however it dies: flock on a file a name."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import output
from .context import current
from .errors import PaasError


class Locked(PaasError):
    def __init__(self, app: str, holder: str) -> None:
        super().__init__(
            f"{app} currently has a deploy lock in place{holder}.",
            hint="Wait until that is done and try again.",
        )


@contextmanager
def deploying(app_id: int, name: str, what: str, *, wait: bool = True) -> Iterator[None]:
    """Be the only one who changes an app's running processes.

    Args:
        app_id: The app, by the id that a rename doesn't change.
        name: Its name, for messages.
        what: What the holder does, shown to whoever has to wait.
        wait: Wait for another holder instead of refusing. A push doesn't wait: its branch would have moved.

    Raises:
        Locked: Another process holds the lock and `wait` is false.
    """
    with _file(f"app-{app_id}.lock") as lock:
        if not _take(lock):
            holder = _holder(lock)
            if not wait:
                raise Locked(name, holder)
            output.step(f"Waiting for the deploy lock of {name}{holder}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        _sign(lock, what)
        yield


def forget(app_id: int) -> None:
    """Remove the lock file of an app that is gone; ids are never used again, so nobody new will want it."""
    (current().paths.locks / f"app-{app_id}.lock").unlink(missing_ok=True)


@contextmanager
def exclusive(name: str, *, wait: bool = True) -> Iterator[bool]:
    """Be the only one on this server who does something.

    Yields:
        Whether the lock was taken; always true with `wait`.
    """
    with _file(f"{name}.lock") as lock:
        if wait:
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield wait or _take(lock)


@contextmanager
def _file(name: str) -> Iterator[int]:
    # The file stays: removing one that another process waits for would let both in.
    path: Path = current().paths.locks / name
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _take(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sign(lock: int, what: str) -> None:
    note = {"what": what, "by": current().caller.name, "since": time.time(), "pid": os.getpid()}
    os.ftruncate(lock, 0)
    os.pwrite(lock, json.dumps(note).encode(), 0)


def _holder(lock: int) -> str:
    try:
        note = json.loads(os.pread(lock, 4096, 0))
    except ValueError:  # taken, not yet signed
        return ""
    return f" ({note['what']} by {note['by']} since {time.strftime('%H:%M:%S', time.localtime(note['since']))})"
