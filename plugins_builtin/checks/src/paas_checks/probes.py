"""Try a process once, from outside its container. Each of these raises PaasError where it fails."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import urljoin, urlsplit

from paas import PaasError
from paas_docker.api import Engine
from paas_scheduler.api.checks import Target

Probe = Callable[[Target, float], None]
MAX_BODY = 1024 * 1024
"""Bytes of an answer in which content is looked for."""
MAX_REDIRECTS = 5
REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True)
class Http:
    """A GET that must be answered with success, by the process itself.

    Attributes:
        port: None for the one that requests reach.
        content: What the answer must hold.
    """

    path: str
    port: int | None = None
    scheme: str = "http"
    headers: Mapping[str, str] = field(default_factory=dict)
    content: str = ""

    def __call__(self, target: Target, timeout: float) -> None:
        path = self.path
        for _ in range(MAX_REDIRECTS + 1):
            with _answer(self, target, path, timeout) as answer:
                if answer.status not in REDIRECTS:
                    return self._judge(answer)
                path = self._following(path, answer.headers.get("Location", ""))
        raise PaasError(f"it redirects more than {MAX_REDIRECTS} times")

    def _judge(self, answer: HTTPResponse) -> None:
        if not 200 <= answer.status < 300:
            raise PaasError(f"it answers {answer.status}, not 2xx")
        if self.content and self.content not in answer.read(MAX_BODY).decode(errors="replace"):
            raise PaasError(f"its answer does not hold {self.content[:60]!r}")

    def _following(self, path: str, location: str) -> str:
        """The path that a redirect leads to; one to another host says nothing about this process."""
        host = self.headers.get("Host", "")
        there = urlsplit(urljoin(f"{self.scheme}://{host}{path}", location))
        if not location or (there.scheme, there.netloc) != (self.scheme, host):
            raise PaasError(f"it redirects to {location[:200]!r}, which is not this process")
        return there.path + (f"?{there.query}" if there.query else "") or "/"


@contextmanager
def _answer(asked: Http, target: Target, path: str, timeout: float) -> Iterator[HTTPResponse]:
    """The answer to a GET; all of it, headers and body, has the time together."""
    connection = _connection(asked, target, timeout)
    late = threading.Event()

    def give_up() -> None:
        late.set()
        if connection.sock:
            with suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(timeout, give_up)
    timer.daemon = True
    timer.start()
    try:
        connection.request("GET", path, headers={"User-Agent": "paas-checks", "Connection": "close", **asked.headers})
        yield connection.getresponse()
    except (OSError, HTTPException, ValueError) as error:
        if late.is_set() or isinstance(error, TimeoutError):
            raise PaasError(f"no answer within {timeout:g} seconds") from error
        raise PaasError(f"it does not answer: {error}") from error
    finally:
        timer.cancel()
        connection.close()


def _connection(asked: Http, target: Target, timeout: float) -> HTTPConnection:
    port = asked.port or target.port
    if asked.scheme == "http":
        return HTTPConnection(target.address, port, timeout=timeout)
    import ssl

    # Its certificate is for the app's name, or made up: who it is we know by its address.
    return HTTPSConnection(
        target.address,
        port,
        timeout=timeout,
        context=ssl._create_unverified_context(),  # noqa: S323
    )


@dataclass(frozen=True)
class Listening:
    """A port that must accept connections from outside, so not on the loopback device alone."""

    port: int | None = None

    def __call__(self, target: Target, timeout: float) -> None:
        port = self.port or target.port
        try:
            socket.create_connection((target.address, port or 0), timeout=timeout).close()
        except OSError as error:
            raise PaasError(f"nothing listens on port {port} from outside: {error.strerror or error}") from error


@dataclass(frozen=True)
class Command:
    """A program that must end well inside the container."""

    docker: Engine
    words: tuple[str, ...]

    def __call__(self, target: Target, timeout: float) -> None:
        code, printed = self.docker.execute(target.container, self.words, timeout)
        if code:
            said = printed.strip().splitlines()[-1:]
            raise PaasError(f"it ends with exit code {code}" + (f": {said[0][:200]}" if said else ""))


def uptime(target: Target, timeout: float) -> None:
    """Nothing to try: the scheduler watches that the process runs until its time has come."""
