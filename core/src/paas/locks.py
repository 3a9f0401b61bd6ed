"""Locks that free themselves when their holder dies, however it dies: flock on a file a name."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from . import cancelling, output
from .context import current
from .errors import PaasError


class Locked(PaasError):
    def __init__(self, app: str, holder: str) -> None:
        super().__init__(
            f"{app} currently has a deploy lock in place{holder}.",
            hint="Wait until that is done and try again.",
        )


@dataclass(frozen=True)
class Holder:
    """Who holds an app's deploy lock.

    Attributes:
        what: What they do, such as `git push`.
        by: The key or the account.
        since: Seconds since the epoch.
        pid: Their process.
        born: When that was started, in ticks since the server was; no other process has both in common with it.
        cancellable: Whether a signal to it cancels this and nothing else.
    """

    what: str
    by: str
    since: float
    pid: int
    born: int
    cancellable: bool

    def __str__(self) -> str:
        return f"{self.what} by {self.by} since {time.strftime('%H:%M:%S', time.localtime(self.since))}"


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
        try:
            yield
        finally:
            os.ftruncate(lock, 0)  # so that what is written in a lock that is held is always of who holds it


def holder(app_id: int) -> Holder | None:
    """Who holds an app's deploy lock now, None if nobody does."""
    with _file(f"app-{app_id}.lock") as lock:
        # A lock that is free is not tried, or whoever wants it just now would be refused; unless its holder was killed.
        return None if not _signed(lock) or _take(lock) else _signed(lock)


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
    pid = os.getpid()
    note = Holder(what, current().caller.name, time.time(), pid, born(pid), cancelling.is_allowed())
    os.ftruncate(lock, 0)
    with suppress(OSError):  # on a full disk: who holds it is only for whoever waits
        os.pwrite(lock, json.dumps(asdict(note)).encode(), 0)


def _signed(lock: int) -> Holder | None:
    try:
        return Holder(**json.loads(os.pread(lock, 4096, 0)))
    except (ValueError, TypeError):  # taken, not yet signed; or signed by another version
        return None


def _holder(lock: int) -> str:
    return f" ({holder})" if (holder := _signed(lock)) else ""


def born(pid: int) -> int:
    """When a process was started, in ticks since the server was; 0 if there is none."""
    try:
        about = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    return int(about.rpartition(")")[2].split()[19])
