"""A real nginx serves what we write."""

from __future__ import annotations

import http.client
import socket
import ssl

import pytest

from paas import App, hookimpl, releases
from paas.testing import Inventory
from paas_proxy.api import Certificate

from .real import Web, free_port

pytestmark = pytest.mark.journey


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


def test_tls_is_served_with_the_certificate_and_plain_http_leads_there(
    web: Web, page: int, certificate: Certificate
) -> None:
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
