"""Whatever one app tries with its site, the others answer every request, and nobody answers for them."""

from __future__ import annotations

import http.client
import os
import shlex
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from testbed.client import Client, web
from testbed.hostile import KEYS, Evil
from testbed.system import System

COUNT = 1000 if os.environ.get("PAAS_TEST_SOAK") else 10
"""How many domains, settings, sites and requests are tried, of each."""
STEADY = ("steady", "calm")
EVERY_SECONDS = 0.1  # each of the two: some 20 requests a second


class Prober(threading.Thread):
    """Asks for the pages of apps again and again, on a connection of its own each time.

    Attributes:
        asked: How many requests there were.
        failed: What went wrong.
    """

    def __init__(self, ann: Client) -> None:
        super().__init__(daemon=True)
        self.asked, self.failed = 0, list[str]()
        self._ann, self._done = ann, threading.Event()

    def run(self) -> None:
        while not self._done.wait(EVERY_SECONDS):
            for app in STEADY:
                self.asked += 1
                try:
                    page = self._ann.get(f"{app}.paas.test")
                    if (page.status, page.body) != (200, app):
                        self.failed.append(f"{app}: {page}")
                except (OSError, http.client.HTTPException) as error:
                    self.failed.append(f"{app}: {error!r}")

    def stop(self) -> None:
        self._done.set()
        self.join()


@pytest.fixture
def prober(system: System, ann: Client) -> Iterator[Prober]:
    for app in (*STEADY, "evil"):
        pushed = ann.push(ann.app(app, web(app)))
        assert pushed.code == 0, pushed.all
    probing = Prober(ann)
    probing.start()
    yield probing
    probing.stop()


def test_no_site_of_one_app_costs_another_a_request(system: System, ann: Client, prober: Prober) -> None:
    evil, copy = Evil(seed=1), ann.folder / "evil"
    system.ok("nginx:set", "evil", "allow-template", "true")
    started = time.monotonic()

    for _ in range(COUNT):
        ann.ssh(f"domains:add evil {shlex.quote(evil.word())}")
        assert b"root:x:" not in answer_to(ann, evil.request())
        ann.ssh(f"nginx:set evil {evil.key()} {shlex.quote(evil.word())}")
        ann.ssh("proxy:build-config evil")
        ann.commit(copy, {"nginx.conf.j2": evil.site()})
        ann.push(copy)

    prober.stop()
    assert prober.failed == []
    assert prober.asked >= (time.monotonic() - started) * 5, "the prober starved, so it has seen nothing"
    assert system.ok("nginx:validate-config") == ""
    assert system.ok("nginx:report", "evil", "--nginx-set-aside") == "false\n"
    for app in STEADY:
        assert ann.get(f"{app}.paas.test").body == app
    ann.git(copy, "rm", "--quiet", "nginx.conf.j2")
    for key in KEYS:
        system.ok("nginx:set", "evil", key)
    ann.commit(copy, {"www/index.html": "changed"})
    pushed = ann.push(copy)
    assert pushed.code == 0, pushed.all
    assert ann.get("evil.paas.test").body == "changed"
    for app in (*STEADY, "evil"):
        system.ok("apps:destroy", "--force", app)


def answer_to(ann: Client, request: bytes) -> bytes:
    answer = b""
    with suppress(OSError), socket.create_connection(("127.0.0.1", ann.http_port), timeout=10) as one:
        one.sendall(request)
        while more := one.recv(65536):
            answer += more
    return answer
