from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import jinja2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paas import Endpoint, InvalidValue
from paas.testing import Harness
from paas_nginx import site
from paas_nginx.blocks import Block
from paas_nginx.settings import SETTINGS
from paas_nginx.site import Site
from paas_proxy.api import Certificate

DEFAULTS = {key: setting.default for key, setting in SETTINGS.all.items()}
SHOP = Site(
    app="shop",
    blocks=[Block(80, ("shop.com", "*.shop.com"), every=False, container=5000)],
    endpoints=[Endpoint("172.30.0.2", 5000), Endpoint("172.30.0.3", 5000)],
    access_log="/var/log/nginx/shop-access.log",
    error_log="/var/log/nginx/shop-error.log",
    settings=DEFAULTS,
    includes={},
)


def text(**changes: Any) -> str:
    settings = DEFAULTS | changes.pop("settings", {})
    return site.text(replace(SHOP, **changes, settings=settings))


def directives(text: str, name: str) -> list[str]:
    """What stands after a directive, wherever it does."""
    return re.findall(rf"^ *{name} ([^{{\n]*);$", text, re.MULTILINE)


def block(port: int = 80, **more: Any) -> Block:
    return Block(port, ("shop.com",), every=False, container=5000, **more)


def test_requests_go_to_every_endpoint() -> None:
    found = text()

    assert "upstream shop-5000 {" in found
    assert directives(found, "server") == ["172.30.0.2:5000", "172.30.0.3:5000"]
    assert directives(found, "proxy_pass") == ["http://shop-5000"]


def test_a_site_says_whose_it_is() -> None:
    assert site.app_of(text()) == "shop"


def test_each_port_of_the_app_has_an_upstream_of_its_own() -> None:
    found = text(blocks=[block(), replace(block(8080), container=9000), block(8081)])

    assert re.findall(r"^upstream (\S+)", found, re.MULTILINE) == ["shop-5000", "shop-9000"]
    assert directives(found, "proxy_pass") == ["http://shop-5000", "http://shop-9000", "http://shop-5000"]


def test_it_listens_on_both_families_for_its_names() -> None:
    found = text()

    assert directives(found, "listen") == ["[::]:80", "80"]
    assert directives(found, "server_name") == ["shop.com *.shop.com"]


def test_it_listens_where_nginx_does_for_all() -> None:
    assert directives(text(addresses=("192.0.2.1", "2001:db8::1")), "listen") == ["[2001:db8::1]:80", "192.0.2.1:80"]
    assert directives(text(ipv6=False), "listen") == ["80"]


def test_addresses_of_its_own_are_not_taken_from_the_others() -> None:
    found = text(settings={"bind-address-ipv4": "192.0.2.1", "bind-address-ipv6": "2001:db8::1"})

    assert directives(found, "listen") == ["[::]:80", "80"]
    assert 'if ($server_addr !~ "^(192\\.0\\.2\\.1|2001:db8::1)$") {' in found
    assert '"^(192\\.0\\.2\\.1|.*:.*)$"' in text(settings={"bind-address-ipv4": "192.0.2.1"})
    assert "$server_addr" not in text(settings={"bind-address-ipv4": "192.0.2.1"}, addresses=("192.0.2.1", "::"))


def test_an_app_for_every_name_is_the_default_on_its_port() -> None:
    found = text(blocks=[Block(10000, (), every=True, container=5000)])

    assert directives(found, "listen") == ["[::]:10000 default_server", "10000 default_server"]
    assert directives(found, "server_name") == ["_"]


def test_without_endpoints_clients_hear_that_nobody_answers() -> None:
    found = text(endpoints=[])

    assert directives(found, "return")[-1] == "502"
    assert "upstream" not in found


def test_the_app_hears_who_asks_and_how() -> None:
    headers = dict(entry.split(" ", 1) for entry in directives(text(), "proxy_set_header"))

    assert headers == {
        "Host": "$http_host",
        "Upgrade": "$http_upgrade",
        "Connection": "$paas_connection",
        "X-Forwarded-For": "$remote_addr",
        "X-Forwarded-Port": "$server_port",
        "X-Forwarded-Proto": "$scheme",
        "X-Request-Start": "$msec",
    }
    assert "proxy_set_header X-Forwarded-Ssl on;" in text(settings={"x-forwarded-ssl": "on"})


def test_text_is_compressed_from_1100_bytes_on() -> None:
    assert directives(text(), "gzip") == ["on"]
    assert directives(text(), "gzip_min_length") == ["1100"]


def test_every_block_has_the_logs() -> None:
    found = text(blocks=[block(), block(8080)])

    assert directives(found, "access_log") == ["/var/log/nginx/shop-access.log"] * 2
    assert directives(found, "error_log") == ["/var/log/nginx/shop-error.log"] * 2
    assert directives(text(settings={"access-log-format": "main"}), "access_log")[0].endswith("access.log main")


def test_logs_can_be_off() -> None:
    found = text(access_log=None, error_log=None, settings={"access-log-format": "main"})

    assert directives(found, "access_log") == ["off"]
    assert directives(found, "error_log") == ["/dev/null crit"]


@pytest.mark.parametrize(
    ("key", "value", "directive"),
    [
        ("client-max-body-size", "50m", "client_max_body_size"),
        ("client-body-timeout", "5s", "client_body_timeout"),
        ("client-header-timeout", "5s", "client_header_timeout"),
        ("keepalive-timeout", "5s", "keepalive_timeout"),
        ("lingering-timeout", "6s", "lingering_timeout"),
        ("proxy-buffer-size", "8k", "proxy_buffer_size"),
        ("proxy-buffering", "off", "proxy_buffering"),
        ("proxy-buffers", "16 8k", "proxy_buffers"),
        ("proxy-busy-buffers-size", "16k", "proxy_busy_buffers_size"),
        ("proxy-connect-timeout", "5s", "proxy_connect_timeout"),
        ("proxy-keepalive", "16", "keepalive"),
        ("proxy-read-timeout", "5s", "proxy_read_timeout"),
        ("proxy-send-timeout", "5s", "proxy_send_timeout"),
        ("send-timeout", "5s", "send_timeout"),
        ("underscore-in-headers", "on", "underscores_in_headers"),
    ],
)
def test_a_setting_is_what_its_directive_says(key: str, value: str, directive: str) -> None:
    assert directives(text(settings={key: value}), directive) == [value]


def test_tls_has_the_certificate_and_tells_browsers_to_insist_on_it() -> None:
    found = text(blocks=[block(80, redirect=443), block(443, certificate=Certificate("/c.pem", "/k.pem"))])

    assert directives(found, "listen") == ["[::]:80", "80", "[::]:443 ssl http2", "443 ssl http2"]
    assert directives(found, "return")[1] == "301 https://$host$request_uri"
    assert directives(found, "ssl_certificate_key") == ["/k.pem"]
    assert directives(found, "add_header") == ['Strict-Transport-Security "max-age=15724800; includeSubDomains" always']


def test_clients_are_sent_to_the_port_that_tls_has() -> None:
    found = text(blocks=[block(80, redirect=8443)])

    assert directives(found, "return")[1] == "301 https://$host:8443$request_uri"


def test_browsers_are_not_told_to_insist_on_tls_where_that_is_off() -> None:
    secure = [block(443, certificate=Certificate("/c.pem", "/k.pem"))]

    assert "Strict" not in text(blocks=secure, settings={"hsts": "false"})
    assert "preload" in text(blocks=secure, settings={"hsts-preload": "true"})
    assert "includeSub" not in text(blocks=secure, settings={"hsts-include-subdomains": "false"})


def test_grpc_goes_on_as_grpc() -> None:
    found = text(blocks=[block(50051, grpc=True)])

    assert directives(found, "listen") == ["[::]:50051 http2", "50051 http2"]
    assert directives(found, "grpc_pass") == ["grpc://shop-5000"]


def test_what_plugins_add_stands_in_every_block_by_name() -> None:
    found = text(blocks=[block(), block(8080, redirect=443)], includes={"b": "return 503;\n", "a": "# one\n# two"})

    assert found.count("    # a\n    # one\n    # two\n    # b\n    return 503;\n") == 2


@pytest.mark.parametrize("snippet", ["}", "return 200", "return 200 'open;", "location / {", "}; server {}", '"x"y;'])
def test_what_plugins_add_must_be_whole(snippet: str) -> None:
    with pytest.raises(InvalidValue):
        text(includes={"loose": snippet})


def test_errors_of_nginx_have_a_page() -> None:
    for codes in directives(text(), "error_page"):
        assert codes.split()[-1] == "@paas_error"
        assert {"400", "404", "500", "502"} <= set(codes.split())


HOSTILE = st.one_of(
    st.text(min_size=1).filter(lambda text: not re.fullmatch(r"[A-Za-z0-9._:-]+", text, re.ASCII)),
    st.sampled_from(["a;b", "a}b", "a b {", "a\nb", "$host;", "a.com; } server {", "'", '"', "a#b", "\\", "a\0", "a "]),
)


@settings(deadline=None)
@given(HOSTILE)
def test_a_hostile_name_never_gets_into_a_file(value: str) -> None:
    for changes in (
        {"app": value},
        {"blocks": [replace(block(), names=("shop.com", value))]},
        {"endpoints": [Endpoint(value, 5000)]},
        {"includes": {f"{value};": ""}},
    ):
        if changes.get("blocks") and re.fullmatch(r"\*\.[a-z0-9.-]*[a-z0-9]", value):
            continue
        with pytest.raises(InvalidValue):
            text(**changes)


@settings(deadline=None)
@given(st.sampled_from(sorted(key for key in SETTINGS.all if not key.endswith("-path"))), HOSTILE)
def test_a_hostile_setting_never_gets_into_a_file(key: str, value: str) -> None:
    if re.fullmatch(r"\$[a-z][a-z0-9_]*|[0-9]{1,4} [0-9]{1,9}[kKmM]?|\[[0-9a-fA-F:]+\]", value, re.ASCII):
        return  # a variable, buffers or an address: harmless wherever they are accepted
    with pytest.raises(InvalidValue):
        text(settings={key: value})


@settings(deadline=None)
@given(st.text(min_size=1))
def test_a_hostile_path_never_gets_into_a_file(value: str) -> None:
    if re.fullmatch(r"[A-Za-z0-9/._@*+-]*", value, re.ASCII):
        return
    for changes in (
        {"access_log": f"/{value}"},
        {"error_log": f"/{value}"},
        {"blocks": [block(443, certificate=Certificate(f"/{value}", "/k.pem"))]},
    ):
        with pytest.raises(InvalidValue):
            text(**changes)


def test_ports_out_of_range_never_get_into_a_file() -> None:
    with pytest.raises(InvalidValue):
        text(blocks=[block(65536)])


def test_a_name_that_the_template_misses_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {key: value for key, value in DEFAULTS.items() if key != "send-timeout"}

    with pytest.raises(jinja2.UndefinedError):
        site.text(replace(SHOP, settings=settings))


def test_every_setting_accepts_its_own_default(paas: Harness) -> None:
    with paas.inside():
        for setting in SETTINGS.all.values():
            assert setting.check(setting.default) == setting.default if setting.default else True
