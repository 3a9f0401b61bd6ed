"""What a program prints that runs inside a container, read over dockerd's socket with a time limit of its own."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

from . import quick
from .api import DockerError

MAX_BYTES = 64 * 1024
"""More output than this is read but not kept."""
HEADER = 8
"""Bytes before each piece: the stream's number, three zeros, and the length of the piece."""


def printed(id: str, timeout: float) -> str:
    """Start a program that was created in a container, and read what it prints to its end.

    Args:
        id: Docker's, of the execution.

    Raises:
        DockerError: It hasn't ended in time, or dockerd refuses.
    """
    deadline = time.monotonic() + timeout
    request = quick.sent("POST", f"/exec/{quick.reference(id)}/start", {"Detach": False, "Tty": False})
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(timeout)
            connection.connect(quick.socket_path())
            connection.sendall(request)
            answer = b"".join(_beginning(connection, deadline))
    except TimeoutError as error:
        raise DockerError(f"it has not ended after {timeout:g} seconds") from error
    except OSError as error:
        raise quick.unreachable(error) from error
    head, _, rest = answer.partition(b"\r\n\r\n")
    if b" 200 " not in head.splitlines()[0] + b" ":
        raise DockerError(rest.decode(errors="replace").strip() or "Docker gave no reason.")
    return b"".join(_pieces(rest)).decode(errors="replace")


def _beginning(connection: socket.socket, deadline: float) -> Iterator[bytes]:
    """What arrives until the other side closes, as far as it is kept."""
    kept = 0
    while True:
        connection.settimeout(max(deadline - time.monotonic(), 0.001))
        if not (chunk := connection.recv(MAX_BYTES)):
            return
        if kept < MAX_BYTES:
            yield chunk
        kept += len(chunk)


def _pieces(stream: bytes) -> Iterator[bytes]:
    """The text of a stream in which Docker has put a header before each piece; the last may be cut."""
    while len(stream) > HEADER:
        length = int.from_bytes(stream[4:HEADER], "big")
        yield stream[HEADER : HEADER + length]
        stream = stream[HEADER + length :]
