"""Whoever reads what we print may go away while there is nothing to print."""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from io import UnsupportedOperation


def end_when_gone() -> None:
    """End this process when the other end of standard output is closed.

    An ssh client that goes away closes it, and without a terminal sends no signal. Only for what has nothing to
    clean up.
    """
    try:
        descriptor = sys.stdout.fileno()
    except (UnsupportedOperation, ValueError):  # not a file: nobody can go away from it
        return
    threading.Thread(target=_watch, args=(descriptor,), daemon=True).start()


def _watch(descriptor: int) -> None:
    poll = select.poll()
    poll.register(descriptor, 0)  # errors and hang-ups are reported unasked
    if any(events & (select.POLLERR | select.POLLHUP) for _, events in poll.poll()):
        os.kill(os.getpid(), signal.SIGTERM)
