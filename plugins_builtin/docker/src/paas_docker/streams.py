"""What streams over dockerd's socket: an archive into a container, and a container's log.

docker-py could do both, but a push would wait for a quarter of a second until it is imported.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import IO, Any

from paas import state

from . import quick, space
from .api import NotFound

SIZE = 256 * 1024
HEADER = 8
"""Bytes before each piece, where there is no terminal: the stream's number, three zeros, and the piece's length."""


def put(path: str, archive: IO[bytes], query: Mapping[str, Any]) -> None:
    """Send a file, from where it stands to its end, as the body of a PUT.

    Raises:
        NotFound: There is no such thing.
        DockerError: dockerd refuses, or can't be reached.
    """
    begin = archive.tell()
    length = archive.seek(0, os.SEEK_END) - begin
    archive.seek(begin)
    head = quick.head("PUT", path, query, {"Content-Type": "application/x-tar", "Content-Length": str(length)})
    with _answer(head, archive, quick.TIMEOUT):
        pass


def pieces(path: str, query: Mapping[str, Any], *, tty: bool) -> Iterator[bytes]:
    """What dockerd answers to a GET, as it comes, for as long as it takes.

    Args:
        tty: It comes from a terminal, so that Docker puts no header before each piece.

    Raises:
        NotFound: There is no such thing.
        DockerError: dockerd refuses, or can't be reached.
    """
    with _answer(quick.head("GET", path, query), None, None) as answer:
        yield from iter(lambda: answer.read1(SIZE), b"") if tty else _framed(answer)


def _framed(stream: IO[bytes]) -> Iterator[bytes]:
    while len(header := stream.read(HEADER)) == HEADER:
        yield stream.read(int.from_bytes(header[4:], "big"))


@contextmanager
def _answer(head: bytes, body: IO[bytes] | None, timeout: float | None) -> Iterator[Any]:
    """The body of an answer, as a buffered file."""
    state.let_go()
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.settimeout(timeout)
            connection.connect(quick.socket_path())
            with suppress(BrokenPipeError, ConnectionResetError):  # it has refused already, and its answer says why
                connection.sendall(head)
                while body and (chunk := body.read(SIZE)):
                    connection.sendall(chunk)
            with connection.makefile("rb") as answer:
                _require_success(answer)
                yield answer
        except (OSError, ValueError, IndexError) as error:
            raise quick.unreachable(error) from error


def _require_success(answer: IO[bytes]) -> None:
    status = int(answer.readline().split()[1])
    while answer.readline().strip():
        pass
    if status == quick.MISSING:
        raise NotFound(quick.said(answer.read()))
    if status >= quick.ERROR:
        raise space.refused(quick.said(answer.read()))
