"""A program in a terminal of its own, typed into and read by a test."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

SECONDS = 60


class Session:
    """A program that has a terminal until the block ends."""

    def __init__(self, argv: Sequence[str]) -> None:
        self._argv, self.shown = argv, ""

    def __enter__(self) -> Self:
        self._master, slave = pty.openpty()
        self.program = subprocess.Popen(
            self._argv, stdin=slave, stdout=slave, stderr=slave, start_new_session=True, close_fds=True
        )
        os.close(slave)
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.vanish()
        os.close(self._master)

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def see(self, text: str) -> str:
        """Wait until a text was shown; what was shown up to it, which isn't looked at again."""
        deadline = time.monotonic() + SECONDS
        while text not in self.shown:
            left = deadline - time.monotonic()
            assert self._more(max(left, 0)), f"{text!r} is not in {self.shown!r}"
        before, _, self.shown = self.shown.partition(text)
        return before

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.program.send_signal(signal.SIGWINCH)

    def code(self) -> int:
        """Its exit code, once it has ended."""
        while self._more(SECONDS):
            pass
        return self.program.wait(SECONDS)

    def vanish(self) -> None:
        """Be gone at once, as a client is whose network is."""
        self.program.kill()
        self.program.wait()

    def _more(self, seconds: float) -> bool:
        if not select.select([self._master], [], [], seconds)[0]:
            return False
        try:
            self.shown += os.read(self._master, 65536).decode(errors="replace")
        except OSError:  # the other end was closed
            return False
        return True
