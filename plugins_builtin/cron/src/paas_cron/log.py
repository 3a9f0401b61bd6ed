"""What the tasks of an app have printed, a file for each: the newest runs, as far as there is room."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from paas import App, files
from paas.context import current

from .entries import Entry

MOST_BYTES = 256 * 1024
"""That a task's file holds; older lines make room for newer ones."""


def add(app: App, entry: Entry, began: float, lines: Sequence[str], code: int) -> None:
    """Keep what a run has printed, below a line that says when it began and how it ended."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(began))
    text = "\n".join([f"{stamp} {' '.join(entry.command.split())} (exit code {code})", *lines, ""]).encode()
    file = _file(app, entry)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    files.replace(file, _newest(_kept(file) + text), 0o600)


def read(app: App, entry: Entry) -> str:
    """What is kept of a task, empty if it has not run yet."""
    return _kept(_file(app, entry)).decode(errors="replace")


def _newest(text: bytes) -> bytes:
    """The whole lines at the end for which there is room."""
    return text if len(text) <= MOST_BYTES else text[-MOST_BYTES:].partition(b"\n")[2]


def _kept(file: Path) -> bytes:
    return file.read_bytes() if file.exists() else b""


def _file(app: App, entry: Entry) -> Path:
    return current().paths.app(app.name) / "cron" / f"{entry.id}.log"
