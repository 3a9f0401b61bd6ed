"""A program in a container whose input and output are ours, over dockerd's raw stream.

Neither side waits for the other: what the program prints is read while it doesn't read what it is sent.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import termios
import tty as terminals
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from io import UnsupportedOperation
from typing import IO, Any, TextIO

from paas import PaasError, state

from . import quick
from .api import DockerError, NotFound

SIZE = 64 * 1024
HEADER = 8
"""Bytes before each piece, where there is no terminal: the stream's number, three zeros, and the piece's length."""
STDERR = 2
END_OF_INPUT = b"\x04"
"""What Ctrl-D sends; a terminal has no other end."""
END_OF_HEAD = b"\r\n\r\n"


@contextmanager
def connected(path: str, body: Mapping[str, Any] | None = None) -> Iterator[socket.socket]:
    """A raw stream to a program, until the block ends.

    Args:
        path: Of a request that Docker answers with such a stream.

    Raises:
        NotFound: There is no such container.
        DockerError: dockerd refuses or can't be reached.
    """
    state.let_go()
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(quick.socket_path())
            connection.sendall(quick.sent("POST", path, body))
            head = _head(connection)
        except OSError as error:
            raise quick.unreachable(error) from error
        status = int(head.split()[1]) if len(head.split()) > 1 else 0
        if status >= quick.ERROR or not status:
            said = quick.said(b"".join(iter(lambda: connection.recv(SIZE), b"")))
            raise NotFound(said) if status == quick.MISSING else DockerError(said)
        yield connection


def _head(connection: socket.socket) -> bytes:
    """The head of an answer, and not a byte of the stream that follows."""
    head = b""
    while not head.endswith(END_OF_HEAD) and (byte := connection.recv(1)):
        head += byte
    return head


def pump(
    connection: socket.socket,
    resize: Callable[[int, int], None],
    *,
    tty: bool,
    source: IO[bytes] | None = None,
    sink: IO[bytes] | None = None,
) -> None:
    """Pass on what we are given and what the program prints, until it ends.

    Args:
        resize: Tells Docker the rows and columns of a terminal.
        tty: The program has a terminal.
        source: In the place of our standard input.
        sink: In the place of our standard output; what it raises is raised.
    """
    with _raw() if tty else nullcontext(), _sized(resize) if tty else nullcontext():
        _Pump(connection, tty, source, sink).run()


class _Pump:
    """Our standard input on its way to a program, and its output on its way to ours."""

    def __init__(self, connection: socket.socket, tty: bool, source: IO[bytes] | None, sink: IO[bytes] | None) -> None:
        self._connection, self._tty, self._sink = connection, tty, sink
        self._source = _descriptor(source or sys.stdin)
        self._pending = self._printed = b""
        if self._source is None:
            self._end_input()

    def run(self) -> None:
        while True:
            for descriptor, events in self._ready():
                if descriptor == self._source:
                    self._read()
                    continue
                if events & ~select.POLLOUT:
                    if not (chunk := self._received()):
                        return
                    self._show(chunk)
                if events & select.POLLOUT:
                    self._send()

    def _ready(self) -> list[tuple[int, int]]:
        poll = select.poll()
        poll.register(self._connection, select.POLLIN | (select.POLLOUT if self._pending else 0))
        if self._source is not None and not self._pending:
            poll.register(self._source, select.POLLIN)
        return poll.poll()

    def _received(self) -> bytes:
        try:
            return self._connection.recv(SIZE)
        except ConnectionResetError:  # it has ended without reading all that it was sent
            return b""

    def _read(self) -> None:
        try:
            self._pending = os.read(self._source or 0, SIZE)
        except OSError:  # the terminal is gone
            self._pending = b""
        if not self._pending:
            self._source = None
            self._end_input()

    def _end_input(self) -> None:
        if self._tty:
            self._pending = END_OF_INPUT
        else:
            with suppress(OSError):  # it has ended already
                self._connection.shutdown(socket.SHUT_WR)

    def _send(self) -> None:
        try:
            sent = self._connection.send(self._pending, socket.MSG_DONTWAIT)
            self._pending = self._pending[sent:]
        except BlockingIOError:
            pass
        except OSError:  # it reads no more
            self._pending, self._source = b"", None

    def _show(self, chunk: bytes) -> None:
        if self._tty:
            return _write(sys.stdout, chunk)
        self._printed += chunk
        while len(self._printed) >= HEADER:
            end = HEADER + int.from_bytes(self._printed[4:HEADER], "big")
            if len(self._printed) < end:
                return
            self._pass_on(self._printed[0], self._printed[HEADER:end])
            self._printed = self._printed[end:]

    def _pass_on(self, stream: int, text: bytes) -> None:
        if stream == STDERR:
            _write(sys.stderr, text)
        elif self._sink:
            self._sink.write(text)
        else:
            _write(sys.stdout, text)


def _write(stream: TextIO, text: bytes) -> None:
    with suppress(BrokenPipeError):  # whoever watches our reader ends us
        stream.buffer.write(text)
        stream.buffer.flush()


def _descriptor(stream: TextIO | IO[bytes] | None) -> int | None:
    try:
        return stream.fileno() if stream else None
    except (UnsupportedOperation, ValueError):
        return None


@contextmanager
def _raw() -> Iterator[None]:
    """Our terminal passes on every key as it is, Ctrl-C too: the program's own makes something of them."""
    if not sys.stdin.isatty():
        yield
        return
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    terminals.setraw(descriptor, termios.TCSANOW)  # what was typed already is the program's
    try:
        yield
    finally:
        with suppress(termios.error):  # it has gone
            termios.tcsetattr(descriptor, termios.TCSANOW, before)


@contextmanager
def _sized(resize: Callable[[int, int], None]) -> Iterator[None]:
    """The program's terminal has the size of ours, also when that changes."""

    def tell(*_: object) -> None:
        with suppress(PaasError, OSError, ValueError):  # we have none, or the program has ended
            size = os.get_terminal_size(sys.stdout.fileno())
            resize(size.lines, size.columns)

    tell()
    before = signal.signal(signal.SIGWINCH, tell)
    try:
        yield
    finally:
        signal.signal(signal.SIGWINCH, before)
