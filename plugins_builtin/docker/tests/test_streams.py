"""What streams over dockerd's socket, against one that answers as it is told."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from paas.testing import Harness
from paas_docker import streams
from paas_docker.api import DockerError, NotFound

Daemon = Callable[[bytes, bool], list[bytes]]
"""Given an answer, and whether it comes before the body was read: what will have been asked."""


@pytest.fixture
def daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Daemon:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "docker.sock"))
    listener.listen()
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path / 'docker.sock'}")

    def serve(answer: bytes, at_once: bool) -> list[bytes]:
        asked: list[bytes] = []

        def run() -> None:
            connection, _ = listener.accept()
            with connection, connection.makefile("rb") as request:
                head = b"".join(iter(request.readline, b"\r\n"))
                length = next((int(line.split()[1]) for line in head.splitlines() if line.startswith(b"Content-L")), 0)
                asked.extend([head, b"" if at_once else request.read(length)])
                for start in range(0, len(answer), 5):  # cut anywhere
                    connection.sendall(answer[start : start + 5])

        threading.Thread(target=run, daemon=True).start()
        return asked

    return serve


def framed(*pieces: bytes) -> bytes:
    return b"".join(b"\x01\0\0\0" + len(piece).to_bytes(4, "big") + piece for piece in pieces)


@pytest.mark.parametrize(
    ("body", "tty", "shown"),
    [
        (framed(b"one\n", b"", b"two"), False, b"one\ntwo"),
        (framed(b"one\n") + b"\x01\0\0", False, b"one\n"),
        (framed(b"x" * 100_000), False, b"x" * 100_000),
        (b"one\r\ntwo", True, b"one\r\ntwo"),
        (b"", False, b""),
    ],
)
def test_a_log_comes_whole_however_it_is_cut(
    paas: Harness, daemon: Daemon, body: bytes, tty: bool, shown: bytes
) -> None:
    asked = daemon(b"HTTP/1.0 200 OK\r\nContent-Type: x\r\n\r\n" + body, False)

    with paas.inside():
        assert b"".join(streams.pieces("/containers/a/logs", {"follow": True}, tty=tty)) == shown

    assert asked[0].startswith(b"GET /containers/a/logs?follow=true HTTP/1.0\r\n")


def test_a_file_is_sent_from_where_it_stands(paas: Harness, daemon: Daemon) -> None:
    asked = daemon(b"HTTP/1.0 200 OK\r\n\r\n", False)
    archive = io.BytesIO(b"-" * 7 + b"x" * 1_000_000)
    archive.seek(7)

    with paas.inside():
        streams.put("/containers/a/archive", archive, {"path": "/"})

    assert asked[1] == b"x" * 1_000_000


@pytest.mark.parametrize(("status", "kind"), [(404, NotFound), (500, DockerError)])
def test_what_is_refused_before_it_is_read_says_why(
    paas: Harness, daemon: Daemon, status: int, kind: type[DockerError]
) -> None:
    daemon(b'HTTP/1.0 %d No\r\n\r\n{"message": "no such place"}' % status, True)

    with paas.inside(), pytest.raises(kind, match="no such place"):
        streams.put("/containers/a/archive", io.BytesIO(b"x" * 200), {"path": "/"})


def test_an_engine_that_does_not_run_is_said(paas: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path / 'nowhere.sock'}")

    with paas.inside(), pytest.raises(DockerError, match="can't be reached"):
        list(streams.pieces("/containers/a/logs", {}, tty=False))
