"""Stop a deploy before it is live: by Ctrl-C, because whoever pushed has gone, or because somebody asks for it.

All of these are signals. In a block of `allowed` the first of them raises Cancelled in the main thread, wherever that
is, so what has begun is taken back as after any failure; all others are ignored until the block ends, so nothing
disturbs that. From `too_late` on, which is just before a release becomes the live one, the deploy completes.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from .context import current
from .output import drop

ASKED = signal.SIGUSR1
"""What another command sends that wants a deploy to be cancelled."""
GONE = signal.SIGHUP
AGAIN_SECONDS = 0.2
WHY = {
    ASKED: "on request",
    GONE: "since its client has gone away",
    signal.SIGINT: "by an interrupt",
    signal.SIGTERM: "by a signal to end",
}


class Cancelled(KeyboardInterrupt):
    """A deploy is to stop. Not a PaasError, since nothing may take it for the failure of a part.

    Attributes:
        alone: Whether somebody wants this deploy cancelled, and not the command that has it among others.
    """

    def __init__(self, number: int) -> None:
        self.alone = number == ASKED
        super().__init__(f"Cancelled {WHY[signal.Signals(number)]}. What ran before goes on running.")


@dataclass
class _Block:
    """Whether a signal may cancel just now, and which one waits until it may."""

    is_open: bool = True
    is_held: bool = False
    waiting: int = 0

    def receive(self, number: int, frame: FrameType | None) -> None:
        arrived()
        if self.is_held:
            self.waiting = self.waiting or number
        elif self.is_open:
            self.is_open = False
            raise Cancelled(number)


@contextmanager
def allowed() -> Iterator[None]:
    """A block that signals cancel; within another one, or in a thread, it changes nothing.

    Raises:
        Cancelled: From wherever the block is.
    """
    if _block() or threading.current_thread() is not threading.main_thread():
        yield
        return
    block = _Block()
    before = {number: signal.signal(number, block.receive) for number in WHY}
    current().provide(_RESOURCE, block)
    try:
        yield
    finally:
        current().provide(_RESOURCE, None)
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.signal(ASKED, signal.SIG_IGN)  # somebody may just be asking


def is_allowed() -> bool:
    """Whether a signal to this process would cancel what this thread does."""
    return _block() is not None and threading.current_thread() is threading.main_thread()


def hold() -> None:
    """Let a signal wait until `go_on`: what comes now must not be left half done."""
    if block := _block():
        block.is_held = True


def go_on() -> None:
    """The end of what `hold` began.

    Raises:
        Cancelled: A signal has waited.
    """
    if block := _block():
        block.is_held = False
        if block.waiting:
            block.receive(block.waiting, None)


def too_late() -> None:
    """From now on the deploy completes."""
    if block := _block():
        block.is_open = False


def end_with_reader(number: int = GONE) -> None:
    """Send this process a signal when the other end of its standard output is closed.

    An ssh client that goes away closes it, and sends no signal itself unless it has a terminal.
    """
    try:
        end_with(os.dup(sys.stdout.fileno()), number)  # of our own: an output that nobody reads is put elsewhere
    except (OSError, ValueError):  # not a file: nobody can go away from it
        return


def end_with(descriptor: int, number: int = GONE) -> None:
    """Send this process a signal when the other end of something that it has open is closed."""
    _arrived.clear()
    threading.Thread(target=_watch, args=(descriptor, number), daemon=True).start()


def arrived() -> None:
    """Whatever handles a signal that tells of a client that has gone calls this: until then it is sent again."""
    _arrived.set()


def _watch(descriptor: int, number: int) -> None:
    import select

    poll = select.poll()
    poll.register(descriptor, 0)  # errors and hang-ups are reported unasked
    if any(events & (select.POLLERR | select.POLLHUP) for _, events in poll.poll()):
        for stream in (sys.stdout, sys.stderr):  # or we might wait for someone to read them
            drop(stream)
        # The main thread may wait for something, and that wakes it; unless it was just about to, as it often is:
        # a client that goes closes our input too.
        while not _arrived.is_set():
            signal.pthread_kill(threading.main_thread().ident or 0, number)
            _arrived.wait(AGAIN_SECONDS)


_RESOURCE = "cancelling"
_arrived = threading.Event()


def _block() -> _Block | None:
    block: _Block | None = current().resource(_RESOURCE, lambda: None)
    return block
