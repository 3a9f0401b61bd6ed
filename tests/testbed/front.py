"""A server in front of Pebble: it has renewal information (RFC 9773), which that lacks, and bad days."""

from __future__ import annotations

import base64
import http.client
import http.server
import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from .acme import Pebble

RENEWAL_INFO = "/renewal-info"
ORDERS = "/order-plz"
"""Where Pebble takes orders."""
HOP = {"connection", "transfer-encoding", "content-length"}


@dataclass(frozen=True)
class Trouble:
    """What it answers instead of Pebble.

    Attributes:
        status: 0 to hang up without a word.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass
class Front:
    """A server that runs.

    Attributes:
        directory: Its URL.
        trouble: How it answers everything, until it is None again.
        window: When certificates should be renewed, in seconds since the epoch; None if it has no such information.
        asked: The certificates that it was asked about, as RFC 9773 names them.
        replaced: Those that orders were to replace, in the same way; empty for an order that says nothing of it.
        takes_no_successors: It refuses such orders, as an authority does that doesn't know the certificate.
    """

    directory: str
    trouble: Trouble | None = None
    window: tuple[float, float] | None = None
    asked: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    takes_no_successors: bool = False

    def information(self) -> bytes:
        assert self.window
        start, end = (datetime.fromtimestamp(each, UTC).isoformat() for each in self.window)
        return json.dumps({"suggestedWindow": {"start": start, "end": end}}).encode()


@contextmanager
def before(pebble: Pebble) -> Iterator[Front]:
    """A front of a Pebble, with the same certificate, until the block ends."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pebble.bundle, pebble.bundle.with_name("key.pem"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    front = Front(f"https://localhost:{server.server_port}/dir")
    server.RequestHandlerClass = _handler(front, pebble)
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    try:
        yield front
    finally:
        server.shutdown()
        server.server_close()


def _payload(body: bytes) -> dict[str, Any]:
    """What a signed request says."""
    encoded = json.loads(body)["payload"]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    return found


def _handler(front: Front, pebble: Pebble) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._do()

        def do_HEAD(self) -> None:
            self._do()

        def do_POST(self) -> None:
            self._do()

        def _do(self) -> None:
            if front.trouble:
                if front.trouble.status:
                    self._answer(front.trouble.status, front.trouble.headers, front.trouble.body)
            elif self.path.startswith(RENEWAL_INFO):
                front.asked.append(self.path.removeprefix(f"{RENEWAL_INFO}/"))
                self._answer(200, {"Content-Type": "application/json"}, front.information())
            else:
                self._answer(*self._passed_on())

        def _passed_on(self) -> tuple[int, Mapping[str, str], bytes]:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path == ORDERS:
                front.replaced.append(_payload(body).get("replaces", ""))
                if front.takes_no_successors and front.replaced[-1]:
                    problem = {"type": "urn:ietf:params:acme:error:malformed", "detail": "no such certificate"}
                    return 400, {"Content-Type": "application/problem+json"}, json.dumps(problem).encode()
            context = ssl.create_default_context(cafile=str(pebble.bundle))
            backend = http.client.HTTPSConnection("localhost", urlsplit(pebble.directory).port, context=context)
            backend.request(self.command, self.path, body, dict(self.headers))  # with our Host, of which URLs are made
            answer = backend.getresponse()
            content = answer.read()
            backend.close()
            if front.window and self.path == "/dir":
                place = f"https://{self.headers['Host']}{RENEWAL_INFO}"
                content = json.dumps({**json.loads(content), "renewalInfo": place}).encode()
            return answer.status, {k: v for k, v in answer.getheaders() if k.lower() not in HOP}, content

        def _answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
