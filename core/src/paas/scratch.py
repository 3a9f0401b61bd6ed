"""Folders that live no longer than the command that made them, however it ends."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .context import current

MARK = "held-"
"""What their names begin with; anything else in the place is left alone."""
YOUNG_SECONDS = 60  # between making a folder and holding it, nobody holds it


@contextmanager
def folder(purpose: str) -> Iterator[Path]:
    """An empty folder for its owner only, gone when the block ends.

    It is held by a lock on itself, so that `sweep` can tell what a killed command has left.
    """
    base = current().paths.scratch
    base.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=base, prefix=f"{MARK}{purpose}-") as name:
        held = os.open(name, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield Path(name)
        finally:
            os.close(held)


def sweep() -> None:
    """Remove what killed commands have left. Called by every tick."""
    for folder in left():
        remove(folder)


def left() -> list[Path]:
    """The folders that killed commands have left."""
    return [folder for folder in sorted(current().paths.scratch.glob(f"{MARK}*")) if _is_left(folder)]


def remove(folder: Path) -> None:
    """Remove one that was left; one that a command holds stays."""
    if _is_left(folder):
        shutil.rmtree(folder, ignore_errors=True)


def _is_left(folder: Path) -> bool:
    try:
        if time.time() - folder.stat().st_ctime < YOUNG_SECONDS:
            return False
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:  # its command has just removed it
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True
