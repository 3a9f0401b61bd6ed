"""What curl, openssl and users with kept connections see of an app that answers in https."""

from __future__ import annotations

import http.client
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509

from .system import System


@dataclass(frozen=True)
class Fetched:
    """What curl got, without following a redirect.

    Attributes:
        headers: By their names in lower case.
    """

    status: int
    headers: Mapping[str, str]
    body: str


def curl(system: System, url: str, root: Path | None = None) -> Fetched:
    """Fetch a URL whose host name leads to the system.

    Args:
        url: With http or https and no port.
        root: Whom to believe, a PEM file.

    Raises:
        subprocess.CalledProcessError: It can't be had, or its certificate isn't one to believe.
    """
    trust = ["--cacert", str(root)] if root else []
    ports = ["--connect-to", f"::127.0.0.1:{system.https_port if url.startswith('https') else system.http_port}"]
    words = ["curl", "--silent", "--show-error", "--include", "--http1.1", "--max-time", "20", "--noproxy", "*"]
    done = subprocess.run([*words, *trust, *ports, url], capture_output=True, check=True)
    head, _, body = done.stdout.decode().partition("\r\n\r\n")
    first, *rest = head.split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    return Fetched(int(first.split()[1]), headers, body)


def s_client(system: System, host: str, *words: str) -> str:
    """What openssl says of a connection, with the certificates of the chain."""
    address = f"127.0.0.1:{system.https_port}"
    done = subprocess.run(
        ["openssl", "s_client", "-connect", address, "-servername", host, "-showcerts", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=30,
    )
    return (done.stdout + done.stderr).decode(errors="replace")


def served(system: System, host: str) -> x509.Certificate:
    """The certificate that a host answers with, whoever has signed it."""
    with socket.create_connection(("127.0.0.1", system.https_port), 10) as plain:
        with _believing_all().wrap_socket(plain, server_hostname=host) as secure:
            return x509.load_der_x509_certificate(secure.getpeercert(binary_form=True) or b"")


@dataclass
class Users:
    """Those who ask while the block of `asking` lasts.

    Attributes:
        answers: How many pages came.
        lost: What was wrong with the others.
        serials: Of the certificates that they met.
    """

    answers: int = 0
    lost: list[str] = field(default_factory=list)
    serials: set[int] = field(default_factory=set)


@contextmanager
def asking(system: System, host: str, count: int = 8) -> Iterator[Users]:
    """Users who keep their connections and ask without a pause until the block ends.

    A kept connection that nginx has closed meanwhile is opened anew, once, as every browser does.
    """
    users, enough = Users(), threading.Event()
    threads = [threading.Thread(target=_ask, args=(system, host, users, enough)) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield users
    finally:
        enough.set()
        for thread in threads:
            thread.join(60)


class _Connection(http.client.HTTPConnection):
    """One that is opened whenever it is needed and isn't there."""

    def __init__(self, system: System, host: str, users: Users) -> None:
        super().__init__("127.0.0.1", system.https_port, timeout=20)
        self._name, self._users = host, users

    def connect(self) -> None:
        super().connect()
        self.sock = _believing_all().wrap_socket(self.sock, server_hostname=self._name)
        seen = x509.load_der_x509_certificate(self.sock.getpeercert(binary_form=True) or b"")
        self._users.serials.add(seen.serial_number)

    def page(self) -> None:
        self.request("GET", "/", headers={"Host": self._name})
        answer = self.getresponse()
        if answer.status != 200 or not answer.read():
            raise AssertionError(f"answered {answer.status}")


def _ask(system: System, host: str, users: Users, enough: threading.Event) -> None:
    connection = _Connection(system, host, users)
    while not enough.is_set():
        kept = connection.sock is not None
        try:
            try:
                connection.page()
            except (ConnectionError, http.client.BadStatusLine, ssl.SSLEOFError, ssl.SSLZeroReturnError):
                connection.close()
                if not kept:
                    raise
                connection.page()
        except Exception as error:
            connection.close()
            users.lost.append(repr(error))
        else:
            users.answers += 1
    connection.close()


def _believing_all() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
