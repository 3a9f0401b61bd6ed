"""Probes against real sockets on the loopback device."""

from __future__ import annotations

import http.server
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from paas import PaasError
from paas.testing import Harness
from paas_checks import startup
from paas_checks.probes import Command, Http, Listening
from paas_docker.api import Container
from paas_docker.testing import FakeDocker
from paas_scheduler.api.checks import Target


class Pages(http.server.BaseHTTPRequestHandler):
    """`/500` answers that, `/to/X` redirects to X, `/slow` never ends its headers; all else says which host it is."""

    def do_GET(self) -> None:
        if self.path == "/slow":
            return self._drip()
        status, location = 200, ""
        if self.path.startswith("/to/"):
            status, location = 302, self.path.removeprefix("/to/")
        elif self.path[1:].isdigit():
            status = int(self.path[1:])
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(f"I am {self.headers['Host']}, asked for {self.path}".encode())

    def _drip(self) -> None:
        try:
            while True:
                self.wfile.write(b"H")
                time.sleep(0.05)
        except OSError:
            return

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def target() -> Iterator[Target]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield Target("c1", "127.0.0.1", server.server_address[1], 0)
        server.shutdown()


def test_success_is_any_2xx(target: Target) -> None:
    Http("/")(target, 5)
    Http("/299")(target, 5)


@pytest.mark.parametrize("status", [404, 500, 503])
def test_any_other_answer_fails(target: Target, status: int) -> None:
    with pytest.raises(PaasError, match=f"it answers {status}, not 2xx"):
        Http(f"/{status}")(target, 5)


def test_the_answer_must_hold_the_content(target: Target) -> None:
    Http("/", headers={"Host": "shop.example.com"}, content="I am shop.example.com")(target, 5)

    with pytest.raises(PaasError, match="does not hold 'I am store'"):
        Http("/", headers={"Host": "shop.example.com"}, content="I am store")(target, 5)


def test_redirects_are_followed_within_the_process(target: Target) -> None:
    shop = {"Host": "shop.example.com"}

    Http("/to//next?a=b", headers=shop, content="asked for /next?a=b")(target, 5)
    Http("/to/http://shop.example.com/next", headers=shop, content="asked for /next")(target, 5)
    with pytest.raises(PaasError, match="it answers 500"):
        Http("/to//500", headers=shop)(target, 5)
    with pytest.raises(PaasError, match="which is not this process"):
        Http("/to/https://shop.example.com/", headers=shop)(target, 5)
    with pytest.raises(PaasError, match="more than 5 times"):
        Http("/to/" * 9 + "/", headers=shop)(target, 5)


def test_an_answer_that_comes_in_drops_has_no_more_time_than_any_other(target: Target) -> None:
    began = time.monotonic()

    with pytest.raises(PaasError, match=r"no answer within 0\.3 seconds"):
        Http("/slow")(target, 0.3)

    assert time.monotonic() - began < 2


def test_what_answers_nothing_at_all_fails_in_time() -> None:
    with silent() as port, pytest.raises(PaasError, match=r"no answer within 0\.2 seconds"):
        Http("/", port)(Target("c1", "127.0.0.1", None, 0), 0.2)


def test_what_speaks_no_http_fails(target: Target) -> None:
    with pytest.raises(PaasError, match="it does not answer"):
        Http("/", scheme="https")(target, 5)


def test_a_port_listens_or_does_not() -> None:
    target = Target("c1", "127.0.0.1", None, 0)
    with silent() as port:
        Listening(port)(target, 1)

    with pytest.raises(PaasError, match=f"nothing listens on port {port} from outside"):
        Listening(port)(target, 1)


def test_a_command_must_end_well(paas: Harness, docker: FakeDocker) -> None:
    docker.add_image("base:latest", command=("serve",))
    with paas.inside():
        id = docker.create(Container("shop.web.1", "base:latest"))
        docker.start(id)
        target = Target(id, "", None, 0)

        Command(docker, ("true",))(target, 1)
        with pytest.raises(PaasError, match="it ends with exit code 3: no database"):
            Command(docker, ("sh", "-c", "echo no database; exit 3"))(target, 1)


def test_an_app_is_asked_by_its_first_name() -> None:
    assert startup.host(["*.example.com", "shop.example.com", "www.example.com"]) == "shop.example.com"
    assert startup.host([]) == "localhost"


@contextmanager
def silent() -> Iterator[int]:
    """A port that accepts connections and says nothing."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]
