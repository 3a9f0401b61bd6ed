from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from paas.testing import Harness
from paas_letsencrypt import preflight


@pytest.fixture
def site(paas: Harness) -> Iterator[int]:
    """A server in the place of nginx, and the port that it listens on."""
    from paas_proxy import api as proxy

    with paas.inside():
        folder = proxy.challenges()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if to := redirects.get(self.headers["Host"].partition(":")[0]):
                self.send_response(301)
                self.send_header("Location", to.format(path=self.path))
                return self.end_headers()
            file = folder / Path(self.path).name
            self.send_response(200 if file.exists() else 404)
            self.end_headers()
            self.wfile.write(file.read_bytes() if self.headers["Host"].startswith("localhost") else b"something else")

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    there = f"localhost:{server.server_port}"
    redirects = {
        "moved.test": f"http://{there}{{path}}",
        "round.test": f"//round.test:{server.server_port}{{path}}",
        "ftp.test": f"ftp://{there}{{path}}",
        "port.test": "http://localhost:22{path}",
        "user.test": f"http://a:b@{there}{{path}}",
        "empty.test": "http://",
        "broken.test": "http://[",
    }
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def failing(paas: Harness, site: int, monkeypatch: pytest.MonkeyPatch, names: list[str]) -> dict[str, str]:
    """What preflight says of names that all lead to the site, but for one."""
    whole = socket.getaddrinfo

    def resolve(name: str, port: int, *words: Any, **given: Any) -> list[tuple[Any, ...]]:
        if name == "nowhere.test":
            raise OSError(-2, "Name or service not known")
        return whole("127.0.0.1", port, *words, **given)

    monkeypatch.setattr("socket.getaddrinfo", resolve)
    with paas.inside() as context:
        object.__setattr__(context.paths.nginx, "http_port", site)
        return preflight.failing(names)


def test_preflight_names_what_does_not_lead_here(paas: Harness, site: int, monkeypatch: pytest.MonkeyPatch) -> None:
    found = failing(paas, site, monkeypatch, ["localhost", "nowhere.test", "other.test"])

    assert sorted(found) == ["nowhere.test", "other.test"]
    assert "does not resolve" in found["nowhere.test"]
    assert "another server" in found["other.test"]


def test_preflight_follows_redirects_as_authorities_do(
    paas: Harness, site: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = ["round.test", "ftp.test", "port.test", "user.test", "empty.test", "broken.test"]

    found = failing(paas, site, monkeypatch, ["moved.test", *bad])

    assert sorted(found) == sorted(bad)
    assert "redirects without end" in found["round.test"]
    assert all("which no authority follows" in found[name] for name in ("ftp.test", "port.test", "user.test"))


def test_preflight_looks_at_names_side_by_side(paas: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    all_there = threading.Barrier(5, timeout=10)

    def resolve(*_: object, **__: object) -> None:
        all_there.wait()
        raise OSError(-3, "Temporary failure in name resolution")

    monkeypatch.setattr("socket.getaddrinfo", resolve)
    with paas.inside():
        assert len(preflight.failing([f"{n}.test" for n in range(5)])) == 5
