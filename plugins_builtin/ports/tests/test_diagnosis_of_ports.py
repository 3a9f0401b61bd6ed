"""What doctor is told of the ports of the server."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from paas import App, Endpoint, Image, Process, Release, Slot, releases
from paas.testing import Harness
from paas_ports import listeners
from paas_ports.diagnosis import diagnose


@contextmanager
def greeter(host: str, greeting: bytes) -> Iterator[socket.socket]:
    """Something that listens on a port of its own and greets whoever comes; nothing of it is left afterwards."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as server:
        thread = threading.Thread(target=_greet, args=(server, greeting))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown(socket.SHUT_RDWR)  # wakes the thread, which would wait on the next socket of this number
            thread.join()


@pytest.fixture
def sshd(paas: Harness) -> Iterator[socket.socket]:
    """Something that greets as an sshd does, on the port where pushes come."""
    with greeter("127.0.0.1", b"SSH-2.0-test\r\n") as server:
        paas.paths = replace(paas.paths, ssh_port=server.getsockname()[1])
        yield server


def _greet(server: socket.socket, greeting: bytes) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            connection.sendall(greeting)


def test_an_sshd_that_listens_is_right(paas: Harness, sshd: socket.socket) -> None:
    assert paas.wrong(diagnose) == []


def test_an_sshd_that_is_gone_is_found(paas: Harness) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    paas.paths = replace(paas.paths, ssh_port=port)

    assert paas.wrong(diagnose) == [f"port {port}: No sshd listens there, so no push arrives."]


def test_another_program_on_the_port_of_sshd_is_found(paas: Harness) -> None:
    with greeter("::1", b"220 mail ready\r\n") as server:
        port = server.getsockname()[1]
        paas.paths = replace(paas.paths, ssh_port=port)

        assert paas.wrong(diagnose) == [f"port {port}: Who listens there is no sshd, so no push arrives."]


def test_a_port_of_an_app_on_which_nobody_listens_is_found(paas: Harness, sshd: socket.socket) -> None:
    shop = paas.app("shop")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        deployed(paas, shop, port)
        assert paas.wrong(diagnose) == []

    assert paas.wrong(diagnose) == [f"port {port}: Nobody listens there, so no request reaches shop."]
    with paas.inside():
        releases.set_processes(shop, [])
    assert paas.wrong(diagnose) == []


def deployed(paas: Harness, app: App, port: int) -> None:
    from paas import state

    with paas.inside():
        state.change("ports", app.owner, {"map": [f"http:{port}:5000"]})
        release = releases.add(app, Release(Image("sha256:1", "null")))
        releases.promote(app, release, [Process(Slot("web", 1), release.id, "c1", Endpoint("127.0.0.1", 5000))])


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("0100007F:1F90", ("127.0.0.1", 8080)),
        ("00000000:0016", ("0.0.0.0", 22)),
        ("00000000000000000000000001000000:0050", ("::1", 80)),
    ],
)
def test_addresses_are_read_as_the_kernel_prints_them(words: str, address: tuple[str, int]) -> None:
    assert listeners.parsed(words) == address
