"""The load of the benchmarks and journeys: a check that can't fail would be none."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from testbed.client import Client
from testbed.load import load


class Careless(http.server.BaseHTTPRequestHandler):
    """Serves three pages on each connection, hangs up at the fourth, and fails whoever asks for anything else."""

    protocol_version = "HTTP/1.1"
    served = 0

    def do_GET(self) -> None:
        if self.path == "/slow":
            self.send_error(502)
        elif self.path == "/" and self.served < 3:
            self._answer(b"page 1", told=6)
            self.served += 1
        else:
            self.close_connection = True

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(b"1", told=2)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _answer(self, body: bytes, told: int) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(told))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def careless(tmp_path: Path) -> Iterator[Client]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Careless) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield Client(tmp_path, "paas", 0, server.server_port)
        server.shutdown()


def test_the_load_sees_what_is_lost_and_asks_again_where_a_kept_connection_was_closed(careless: Client) -> None:
    with load(careless, "shop.paas.test", rate=50, seconds=10, upload_bytes=1000) as users, users.phase("all"):
        users.last(1)

    assert {(request.kind, bool(request.error)) for request in users.seen} == {
        ("page", False),
        ("slow", True),
        ("upload", True),
        ("socket", True),
    }
    assert "502" in next(request.error for request in users.lost if request.kind == "slow")
    assert "breaks off" in next(request.error for request in users.lost if request.kind == "upload")
    assert users.retried > 0
    assert 0 < users.p99("all") < 60
