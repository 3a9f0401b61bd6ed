"""A real nginx on ports of its own, and pages behind it."""

from __future__ import annotations

import contextlib
import http.client
import io
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from paas import App, Endpoint, Image, PaasError, Process, Release, Slot, Source, hooks, hookspecs, releases, roothelper
from paas.paths import Nginx
from paas.testing import Harness


class Page(BaseHTTPRequestHandler):
    """Answers with its name and the headers that it got, and speaks just enough of websockets."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.headers.get("Upgrade"):
            self.send_response(101)
            self.send_header("Upgrade", "websocket")
            self.send_header("Connection", self.headers["Connection"])
            self.end_headers()
            self.wfile.write(self.rfile.read(5))
            self.close_connection = True
            return
        if status := self.headers.get("X-Answer"):
            self.send_response(int(status))
            self.send_header("Content-Length", "11")
            self.end_headers()
            self.wfile.write(b"my own page")
            return
        port = self.server.server_address[1]
        body = f"port {port}\n{self.headers}{'x' * 2000}".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Web:
    """An nginx with the sites of a test's system, and pages behind it."""

    def __init__(self, paas: Harness, folder: Path) -> None:
        self.http, self.https = free_port(), free_port()
        self.nginx = Nginx(
            config=str(folder / "nginx.conf"),
            include=str(folder / "paas.conf"),
            pid=str(folder / "nginx.pid"),
            logs=str(folder / "log"),
            http_port=self.http,
            https_port=self.https,
        )
        (folder / "log").mkdir()
        Path(self.nginx.config).write_text(
            # As another user it would take the folders where the machine's own nginx keeps uploads.
            f"user www-data;\npid {self.nginx.pid};\nerror_log {folder}/log/main.log;\nworker_processes 2;\n"
            f"events {{ worker_connections 64; }}\nhttp {{ include {self.nginx.include}; }}\n"
        )
        paas.paths = replace(paas.paths, nginx=self.nginx)
        self.paas = paas
        paas.programs["sudo"] = self.as_root
        with paas.inside():
            assert hooks.tell(hookspecs.install) == []

    def as_root(self, argv: list[str], _: bytes) -> subprocess.CompletedProcess[bytes]:
        """What the root helper does, in this process."""
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                roothelper.run(argv[3:], self.paas.paths)
        except PaasError as error:
            return subprocess.CompletedProcess(argv, 1, b"", error.message.encode())
        return subprocess.CompletedProcess(argv, 0, printed.getvalue().encode(), b"")

    def deploy(self, name: str, *ports: int, source: Path | None = None) -> App:
        """Have an app whose processes are the pages on some ports of this machine."""
        app = self.paas.app(name)
        with self.paas.inside():
            image = Image("sha256:1", "null", (f"{ports[0]}/tcp",))
            pushed = Source(source, "c0ffee", "git-push", "main") if source else None
            if pushed:
                hooks.check(hookspecs.pre_receive, app, pushed)
            hooks.check(hookspecs.pre_release, app, image, pushed)
            domains, mapped = hooks.gather(hookspecs.app_domains, app), hooks.gather(hookspecs.app_ports, app, image)
            draft = Release(image, formation={"web": 1}, domains=domains, ports=mapped)
            release = releases.add(app, draft)
            hooks.check(hookspecs.release, app, release)
            processes = [
                Process(Slot("web", n + 1), release.id, f"{name}{release.id}{n}", Endpoint("127.0.0.1", port))
                for n, port in enumerate(ports)
            ]
            endpoints = [p.endpoint for p in processes if p.endpoint]
            hooks.act(hookspecs.proxy_configure, app, release, endpoints)
            releases.promote(app, release, processes)
        return app

    def get(
        self, host: str, port: int | None = None, address: str = "127.0.0.1", path: str = "/", **headers: str
    ) -> tuple[int, str, http.client.HTTPMessage]:
        connection = http.client.HTTPConnection(address, port or self.http, timeout=10)
        connection.request("GET", path, headers={"Host": host} | {k.replace("_", "-"): v for k, v in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace"), answer.headers


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def served() -> Iterator[int]:
    """The port of a page, while the generator waits."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
