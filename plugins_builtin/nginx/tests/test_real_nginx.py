"""A real nginx on ports of its own serves what we write."""

from __future__ import annotations

import contextlib
import http.client
import io
import os
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from paas import (
    App,
    Endpoint,
    Image,
    PaasError,
    Process,
    Release,
    Slot,
    Source,
    hookimpl,
    hooks,
    hookspecs,
    releases,
    roothelper,
)
from paas.paths import Nginx
from paas.testing import Harness, Inventory
from paas_nginx import webserver
from paas_proxy.api import Certificate

pytestmark = pytest.mark.journey


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


@pytest.fixture
def web(paas: Harness, tmp_path: Path) -> Iterator[Web]:
    assert shutil.which("nginx", path="/usr/sbin:/usr/bin"), "nginx isn't installed: tests/run installs it"
    for folder in (tmp_path, *tmp_path.parents):  # nginx's workers are another account
        if folder != Path("/") and folder.stat().st_uid == os.getuid():
            folder.chmod(folder.stat().st_mode | 0o011)
    web = Web(paas, tmp_path)
    yield web
    webserver.stop(web.nginx)


@pytest.fixture
def page() -> Iterator[int]:
    yield from _served()


@pytest.fixture
def other_page() -> Iterator[int]:
    yield from _served()


def _served() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    found = Certificate(str(tmp_path / "shop.pem"), str(tmp_path / "shop.key"))
    words = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=shop.com"]
    words += ["-addext", "subjectAltName=DNS:shop.com", "-keyout", found.key, "-out", found.certificate]
    subprocess.run(["openssl", "req", *words], check=True, capture_output=True)
    return found


def test_an_app_answers_on_its_domain_and_no_other_name(web: Web, page: int) -> None:
    web.paas.ok("domains:set-global", "paas.test")
    web.deploy("shop", page)

    status, body, _ = web.get("shop.paas.test")

    assert (status, body.splitlines()[0]) == (200, f"port {page}")
    with pytest.raises(http.client.RemoteDisconnected):
        web.get("other.paas.test")


def test_the_app_hears_who_asks(web: Web, page: int) -> None:
    web.paas.ok("domains:set-global", "paas.test")
    web.deploy("shop", page)

    _, body, _ = web.get("shop.paas.test", X_Forwarded_For="8.8.8.8")

    assert "Host: shop.paas.test\n" in body.replace("\r", "")
    assert "X-Forwarded-For: 127.0.0.1" in body
    assert f"X-Forwarded-Port: {web.http}" in body
    assert "X-Forwarded-Proto: http" in body
    assert "X-Request-Start: " in body


def test_long_text_is_compressed(web: Web, page: int) -> None:
    web.paas.ok("domains:set-global", "paas.test")
    web.deploy("shop", page)

    _, _, headers = web.get("shop.paas.test", Accept_Encoding="gzip")

    assert headers["Content-Encoding"] == "gzip"


def test_a_websocket_goes_through(web: Web, page: int) -> None:
    web.paas.ok("domains:set-global", "paas.test")
    web.deploy("shop", page)

    with socket.create_connection(("127.0.0.1", web.http), timeout=10) as one:
        one.sendall(b"GET / HTTP/1.1\r\nHost: shop.paas.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhello")
        answer = b""
        while chunk := one.recv(4096):
            answer += chunk

    assert answer.startswith(b"HTTP/1.1 101 ")
    assert answer.endswith(b"hello")


def test_each_port_of_the_server_leads_to_its_port_of_the_app(web: Web, page: int, other_page: int) -> None:
    web.paas.ok("domains:set-global", "paas.test")
    web.deploy("shop", page)
    web.paas.ok("ports:set", "shop", f"http:{web.http}:{page}", f"http:{(more := free_port())}:{other_page}")

    assert web.get("shop.paas.test")[1].startswith(f"port {page}\n")
    assert web.get("shop.paas.test", more)[1].startswith(f"port {other_page}\n")
    with pytest.raises(http.client.RemoteDisconnected):
        web.get("unknown.test", more)


def test_an_app_without_a_domain_answers_on_its_own_port_whatever_it_is_called(web: Web, page: int) -> None:
    web.deploy("shop", page)
    port = int(web.paas.ok("url", "shop").strip().rpartition(":")[2])

    assert web.get("anything.test", port)[0] == 200


def test_once_a_deploy_returns_the_new_processes_answer_and_none_of_the_old(
    web: Web, page: int, other_page: int
) -> None:
    web.paas.ok("domains:set-global", "paas.test")
    web.deploy("shop", page)
    for now in (other_page, page, other_page):
        web.deploy("shop", now)
        assert {web.get("shop.paas.test")[1].splitlines()[0] for _ in range(20)} == {f"port {now}"}


def test_an_app_whose_processes_are_gone_answers_502(web: Web, page: int) -> None:
    web.paas.ok("domains:set-global", "paas.test")
    app = web.deploy("shop", page)
    with web.paas.inside():
        releases.set_processes(app, [])

    web.paas.ok("proxy:build-config", "shop")

    assert web.get("shop.paas.test")[0] == 502


def test_errors_of_nginx_have_a_page_and_those_of_the_app_are_its_own(web: Web, page: int) -> None:
    web.paas.ok("domains:set-global", "paas.test")
    web.paas.ok("apps:create", "shop")
    web.paas.ok("nginx:set", "shop", "client-max-body-size", "1k")
    web.deploy("shop", page)

    status, body, headers = web.get("shop.paas.test", Content_Length="2000")
    assert (status, headers["Content-Type"]) == (413, "text/html")
    assert "<h1>Too large</h1>" in body
    assert web.get("shop.paas.test", X_Answer="404")[:2] == (404, "my own page")

    web.deploy("shop", free_port())
    status, body, _ = web.get("shop.paas.test")
    assert status == 502
    assert "<h1>No answer</h1>" in body


def test_an_app_with_an_address_of_its_own_leaves_the_others_theirs(web: Web, page: int, other_page: int) -> None:
    web.paas.ok("domains:set-global", "paas.test")
    web.deploy("shop", page)
    web.deploy("blog", other_page)
    web.paas.ok("nginx:set", "shop", "bind-address-ipv4", "127.0.0.2")
    web.paas.ok("proxy:build-config", "shop")

    assert web.get("blog.paas.test", address="127.0.0.2")[0] == 200
    assert web.get("shop.paas.test", address="127.0.0.2")[0] == 200
    with pytest.raises(http.client.RemoteDisconnected):
        web.get("shop.paas.test", address="127.0.0.1")


def test_a_wildcard_never_has_a_name_of_another_app(web: Web, page: int, other_page: int) -> None:
    web.paas.ok("apps:create", "shop")
    web.paas.ok("domains:set", "shop", "*.company.test")
    web.deploy("shop", page)
    web.paas.ok("apps:create", "blog")
    web.paas.ok("domains:set", "blog", "blog.company.test")
    assert web.get("any.company.test")[0] == 200
    web.deploy("blog", other_page)
    assert web.get("blog.company.test")[1].startswith(f"port {other_page}\n")

    web.paas.ok("proxy:disable", "blog")

    with pytest.raises(http.client.RemoteDisconnected):
        web.get("blog.company.test")
    assert web.get("any.company.test")[0] == 200


def test_an_nginx_that_should_run_is_started_by_a_tick_without_broken_sites(
    web: Web, page: int, certificate: Certificate, inventory: Inventory
) -> None:
    @hookimpl
    def certificate_for(app: App, domain: str) -> Certificate | None:
        return certificate if domain == "shop.com" else None

    inventory.real = True
    inventory.plugin("certificates", certificate_for)
    for name in ("shop", "blog"):
        web.paas.ok("apps:create", name)
        web.paas.ok("domains:set", name, f"{name}.com")
        web.deploy(name, page)
    webserver.stop(web.nginx)
    key = Path(certificate.key).read_text()
    Path(certificate.key).unlink()

    assert "The site of shop was set aside: nginx: [emerg] cannot load" in web.paas.run("tick").stderr
    assert web.get("blog.com")[0] == 200
    assert web.paas.ok("nginx:report", "shop", "--nginx-set-aside") == "true\n"

    web.paas.ok("tick")
    assert "was set aside" in web.paas.run("nginx:show-config", "shop").stderr
    Path(certificate.key).write_text(key)
    web.paas.ok("tick")
    assert web.get("shop.com")[0] == 301
    assert web.paas.ok("nginx:report", "shop", "--nginx-set-aside") == "false\n"


def test_a_stopped_nginx_is_not_started_by_a_tick(web: Web, page: int) -> None:
    web.deploy("shop", page)
    web.paas.ok("nginx:stop")

    web.paas.ok("tick")

    assert webserver.running(web.nginx) is None


TEMPLATE = """\
{% for port in upstreams %}
upstream {{ prefix }}{{ port }} {
{% for server in servers %}
    server {{ server }}:{{ port }};
{% endfor %}
}
{% endfor %}
map $uri ${{ prefix }}answer {
    default passed;
    /teapot short;
}
{% for block in blocks %}
server {
{% for listen in block.listens %}
    listen {{ listen }};
{% endfor %}
    server_name {{ block.names | join(" ") }};
    access_log {{ access_log }};
    error_log {{ error_log }};
    add_header X-Answer ${{ prefix }}answer always;
    location = /teapot {
        return 418 "I am {{ app }}\\n";
    }
    location / {
        proxy_pass http://{{ prefix }}{{ block.container }};
        proxy_set_header Host $http_host;
        # more
    }
}
{% endfor %}
"""


def test_a_template_of_the_apps_own_serves_it_and_a_bad_one_refuses_the_source(
    web: Web, page: int, tmp_path: Path
) -> None:
    web.paas.ok("domains:set-global", "paas.test")
    web.paas.app("shop")
    web.paas.ok("nginx:set", "shop", "allow-template", "true")
    (tmp_path / "source").mkdir()
    template = tmp_path / "source" / "nginx.conf.j2"
    template.write_text(TEMPLATE)

    web.deploy("shop", page, source=tmp_path / "source")

    status, body, headers = web.get("shop.paas.test", path="/teapot")
    assert (status, body, headers["X-Answer"]) == (418, "I am shop\n", "short")
    status, body, headers = web.get("shop.paas.test")
    assert (status, body.splitlines()[0], headers["X-Answer"]) == (200, f"port {page}", "passed")

    template.write_text(TEMPLATE.replace("# more", "proxy_read_timeout soon;"))
    with pytest.raises(PaasError, match='"proxy_read_timeout" directive invalid value'):
        web.deploy("shop", page, source=tmp_path / "source")
    assert web.get("shop.paas.test", path="/teapot")[0] == 418


def test_what_nginx_refuses_changes_nothing(web: Web, page: int, inventory: Inventory) -> None:
    broken: list[str] = []

    @hookimpl
    def nginx_site_includes(app: App) -> dict[str, str]:
        return {"broken": "no such directive;"} if broken else {}

    inventory.real = True
    inventory.plugin("broken", nginx_site_includes)
    web.paas.ok("domains:set-global", "paas.test")
    web.deploy("shop", page)
    broken.append("yes")

    result = web.paas.run("domains:add", "shop", "www.paas.test")

    assert result.exit_code == 1
    assert "unknown directive" in result.stderr
    assert web.get("shop.paas.test")[0] == 200
    assert "www.paas.test" not in web.paas.ok("domains:report", "shop")


def test_tls_is_served_with_the_certificate_and_plain_http_leads_there(
    web: Web, page: int, certificate: Certificate, inventory: Inventory
) -> None:
    @hookimpl
    def certificate_for(app: App, domain: str) -> Certificate | None:
        return certificate if domain == "shop.com" else None

    inventory.real = True
    inventory.plugin("certificates", certificate_for)
    web.paas.ok("apps:create", "shop")
    web.paas.ok("domains:set", "shop", "shop.com", "plain.com")
    web.deploy("shop", page)

    status, _, headers = web.get("shop.com")
    assert (status, headers["Location"]) == (301, f"https://shop.com:{web.https}/")
    assert web.get("plain.com")[0] == 200
    assert web.paas.ok("url", "shop") == f"https://shop.com:{web.https}\n"

    trusting = ssl.create_default_context(cafile=certificate.certificate)
    with socket.create_connection(("127.0.0.1", web.https)) as one:
        with trusting.wrap_socket(one, server_hostname="shop.com") as secure:
            secure.sendall(b"GET / HTTP/1.0\r\nHost: shop.com\r\n\r\n")
            answer = secure.recv(4096).decode()
    assert answer.startswith("HTTP/1.1 200")
    assert "strict-transport-security: max-age=15724800; includesubdomains" in answer.lower()
    with socket.create_connection(("127.0.0.1", web.https)) as one, pytest.raises(ssl.SSLError):
        ssl._create_unverified_context().wrap_socket(one, server_hostname="unknown.com")


def test_a_site_that_became_invalid_is_set_aside_and_the_others_go_on(
    web: Web, page: int, certificate: Certificate, inventory: Inventory
) -> None:
    @hookimpl
    def certificate_for(app: App, domain: str) -> Certificate | None:
        return certificate if domain == "shop.com" else None

    inventory.real = True
    inventory.plugin("certificates", certificate_for)
    web.paas.ok("apps:create", "shop")
    web.paas.ok("domains:set", "shop", "shop.com")
    web.deploy("shop", page)
    Path(certificate.key).unlink()

    web.paas.ok("apps:create", "blog")
    web.paas.ok("domains:set", "blog", "blog.com")
    web.deploy("blog", page)

    assert web.get("blog.com")[0] == 200
    assert "was set aside" in web.paas.run("nginx:show-config", "shop").stderr
    assert "cannot load certificate key" in web.paas.run("nginx:validate-config", "shop").stderr


def test_a_server_block_that_returns_answers_nothing_else(web: Web, page: int, inventory: Inventory) -> None:
    @hookimpl
    def nginx_site_includes(app: App) -> dict[str, str]:
        return {"closed": "default_type text/html;\nadd_header Retry-After 300 always;\nreturn 503 'closed';"}

    inventory.real = True
    inventory.plugin("closed", nginx_site_includes)
    web.paas.ok("domains:set-global", "paas.test")
    web.deploy("shop", page)

    status, body, headers = web.get("shop.paas.test")

    assert (status, body, headers["Content-Type"], headers["Retry-After"]) == (503, "closed", "text/html", "300")


def test_a_name_for_every_host_leads_to_its_app(web: Web, page: int) -> None:
    web.paas.ok("apps:create", "shop")
    web.paas.ok("domains:set", "shop", "_")
    web.deploy("shop", page)

    assert web.get("whatever.test")[0] == 200


def test_a_port_that_nginx_can_not_have_is_an_error_and_undone(web: Web, page: int) -> None:
    web.paas.ok("domains:set-global", "paas.test")
    web.deploy("shop", page)

    with socket.create_server(("", 0)) as other:
        result = web.paas.run("proxy:set", "shop", "proxy-port", str(other.getsockname()[1]))

    assert result.exit_code == 1
    assert "failed (98: Address already in use)" in result.stderr
    assert web.paas.ok("url", "shop") == f"http://shop.paas.test:{web.http}\n"
    assert web.get("shop.paas.test")[0] == 200
