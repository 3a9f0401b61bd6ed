"""Signals while we attend a command in a container, whose own they may be."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from paas.cancelling import GONE, arrived, end_with_reader

LEAVING = (signal.SIGTERM, GONE, signal.SIGQUIT)


class Left(KeyboardInterrupt):
    """We are to end, or our client has gone. Not a PaasError, since nothing may take it for a failure."""

    def __init__(self) -> None:
        super().__init__("Ended, with the command that was running.")


@contextmanager
def signals(interrupt: Callable[[], None] | None = None) -> Iterator[None]:
    """A block that ends when we are to, once: while it takes back what it did, no further signal disturbs it.

    Args:
        interrupt: Passes the first Ctrl-C on to the command, which may go on; another one ends the block.

    Raises:
        Left: From wherever the block is.
    """
    passing = [interrupt] if interrupt else []

    def leave(number: int, frame: FrameType | None) -> None:
        arrived()
        if number == signal.SIGINT and passing:
            return passing.pop()()
        for each in before:
            signal.signal(each, signal.SIG_IGN)
        raise Left

    before = {number: signal.getsignal(number) for number in (*LEAVING, signal.SIGINT)}
    for number in before:
        signal.signal(number, leave)
    end_with_reader()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
