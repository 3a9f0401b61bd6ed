from __future__ import annotations

import json
import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paas import App, Image, InvalidValue, PortMapping, apps, hookimpl, hooks, hookspecs
from paas.testing import Harness, Inventory
from paas_ports import mappings
from paas_ports import ports as own
from paas_ports.mappings import SCHEMES, parse
from paas_ports.ports import OWN_PORTS
from paas_proxy.api import Certificate


def image(*ports: str) -> Image:
    return Image("sha256:1", "builder-dockerfile", ports)


def ports_of(paas: Harness, name: str, image: Image | None = None) -> list[str]:
    with paas.inside():
        return [str(mapping) for mapping in hooks.gather(hookspecs.app_ports, apps.load(name), image)]


def give_domain(paas: Harness, name: str) -> None:
    """Have an app with a domain, whichever plugin gives it."""
    paas.app(name)
    paas.ok("domains:set", name, f"{name}.example.com")


def test_an_app_with_a_domain_has_the_usual_port(paas: Harness) -> None:
    give_domain(paas, "shop")

    assert ports_of(paas, "shop") == ["http:80:5000"]


def test_the_first_tcp_port_that_an_image_exposes_is_meant(paas: Harness) -> None:
    give_domain(paas, "shop")

    assert ports_of(paas, "shop", image("53/udp", "3000/tcp", "4000/tcp")) == ["http:80:3000"]


def test_an_app_without_a_domain_has_a_port_that_stays_its_own(paas: Harness) -> None:
    paas.app("shop")
    paas.app("blog")

    shop, blog = ports_of(paas, "shop"), ports_of(paas, "blog")

    assert shop != blog
    assert parse(shop[0]).host in OWN_PORTS
    assert ports_of(paas, "shop") == shop

    paas.ok("domains:set", "shop", "shop.example.com")
    assert ports_of(paas, "shop") == ["http:80:5000"]
    paas.ok("domains:clear", "shop")
    assert ports_of(paas, "shop") == shop


def test_a_port_that_something_listens_on_is_given_to_no_app(paas: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    paas.app("shop")
    with socket.socket() as other, socket.socket() as unused:
        for one in (other, unused):  # two that nobody else can be given meanwhile; only one of them listens
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(("", 0))
        other.listen()
        taken, free = other.getsockname()[1], unused.getsockname()[1]
        monkeypatch.setattr(own, "OWN_PORTS", (taken, free))

        assert parse(ports_of(paas, "shop")[0]).host == free


def test_an_app_with_a_certificate_has_tls_too(paas: Harness, inventory: Inventory) -> None:
    @hookimpl
    def certificate_for(app: App, domain: str) -> Certificate | None:
        return Certificate("/c.pem", "/k.pem") if domain == "shop.example.com" else None

    inventory.real = True
    inventory.plugin("certificates", certificate_for)
    give_domain(paas, "shop")
    give_domain(paas, "blog")

    assert ports_of(paas, "shop") == ["http:80:5000", "https:443:5000"]
    assert ports_of(paas, "blog") == ["http:80:5000"]


def test_the_proxys_own_ports_are_taken_where_they_are_set(paas: Harness) -> None:
    give_domain(paas, "shop")
    paas.ok("proxy:set", "shop", "proxy-port", "8080")

    assert ports_of(paas, "shop") == ["http:8080:5000"]


def test_what_is_set_holds_until_it_is_cleared(paas: Harness) -> None:
    give_domain(paas, "shop")

    paas.ok("ports:set", "shop", "http:80:8080", "http:8000:9000")
    assert ports_of(paas, "shop") == ["http:80:8080", "http:8000:9000"]
    paas.ok("ports:add", "shop", "tcp:2222:2222")
    paas.ok("ports:remove", "shop", "8000", "http:80:8080")
    assert ports_of(paas, "shop") == ["tcp:2222:2222"]
    paas.ok("ports:clear", "shop")
    assert ports_of(paas, "shop") == ["http:80:5000"]


def test_what_is_there_already_can_be_added_again(paas: Harness) -> None:
    give_domain(paas, "shop")

    for _ in range(2):
        paas.ok("ports:add", "shop", "http:8000:9000")

    assert ports_of(paas, "shop") == ["http:8000:9000"]


def test_the_list_shows_what_holds(paas: Harness) -> None:
    give_domain(paas, "shop")
    paas.ok("ports:set", "shop", "http:80:8080")

    assert paas.ok("ports:list", "shop").splitlines() == [
        "-----> Port mappings for shop",
        "-----> scheme  host port  container port",
        "http           80         8080",
    ]


def test_the_list_can_be_read_by_programs(paas: Harness) -> None:
    give_domain(paas, "shop")

    assert json.loads(paas.ok("ports:list", "shop", "--format", "json")) == [
        {"scheme": "http", "host": 80, "container": 5000}
    ]


def test_a_report_tells_what_is_set_from_what_would_be(paas: Harness) -> None:
    give_domain(paas, "shop")
    paas.ok("ports:set", "shop", "http:80:8080")

    assert paas.ok("ports:report", "shop", "--ports-map") == "http:80:8080\n"
    assert paas.ok("ports:report", "shop", "--ports-map-detected") == "http:80:5000\n"


@pytest.mark.parametrize("word", ["", "80", "80:5000", "ftp:80:5000", "http:0:5000", "http:80:65536", "http:+80:5000", "http:80:5000 ", "HTTP:80:5000", "http:８０:5000", "http:80:5000;"])  # fmt: skip  # noqa: E501
def test_what_is_no_mapping_is_refused(paas: Harness, word: str) -> None:
    paas.app("shop")

    result = paas.run("ports:add", "shop", word)

    assert result.exit_code == 1
    assert "is not a port mapping" in result.stderr


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["http:8000:1", "http:8000:2"], "same port of the server"),
        (["http:8000:1", "https:8000:2"], "same port of the server"),
        (["tcp:22:22"], "server's own for ssh"),
        (["https:80:5000"], "is for http"),
        (["http:443:5000"], "is for https"),
    ],
)
def test_mappings_that_clash_are_refused_and_change_nothing(paas: Harness, words: list[str], reason: str) -> None:
    give_domain(paas, "shop")

    result = paas.run("ports:set", "shop", *words)

    assert result.exit_code == 1
    assert reason in result.stderr
    assert ports_of(paas, "shop") == ["http:80:5000"]


def test_udp_and_tcp_of_one_number_are_two_ports(paas: Harness) -> None:
    paas.app("shop")

    paas.ok("ports:set", "shop", "tcp:53:53", "udp:53:53")


def test_apps_with_domains_share_a_port(paas: Harness) -> None:
    give_domain(paas, "shop")
    give_domain(paas, "blog")
    paas.ok("ports:set", "shop", "http:8000:5000")

    paas.ok("ports:set", "blog", "http:8000:5000")


def test_of_the_apps_on_a_port_one_at_most_has_no_domain(paas: Harness) -> None:
    give_domain(paas, "shop")
    paas.app("blog")
    paas.app("wiki")
    for name in ("shop", "blog"):
        paas.ok("ports:set", name, "http:8000:5000")

    result = paas.run("ports:set", "wiki", "http:8000:5000")

    assert result.exit_code == 1
    assert "Port 8000 already belongs to blog, and neither app has a domain." in result.stderr


def test_a_port_that_is_not_for_http_has_one_app(paas: Harness) -> None:
    give_domain(paas, "shop")
    give_domain(paas, "blog")
    paas.ok("ports:set", "shop", "tcp:2222:22")

    assert "already belongs to shop" in paas.run("ports:set", "blog", "tcp:2222:22").stderr
    assert "already belongs to shop for tcp" in paas.run("ports:set", "blog", "http:2222:22").stderr


def test_the_port_that_an_app_has_for_itself_is_no_other_apps(paas: Harness) -> None:
    paas.app("shop")
    own = parse(ports_of(paas, "shop")[0]).host
    give_domain(paas, "blog")

    assert "already belongs to shop" in paas.run("ports:set", "blog", f"http:{own}:5000").stderr


def test_a_port_that_another_program_has_is_refused(paas: Harness) -> None:
    paas.app("shop")
    with socket.create_server(("127.0.0.1", 0)) as other:
        result = paas.run("ports:set", "shop", f"http:{other.getsockname()[1]}:5000")

    assert result.exit_code == 1
    assert "Another program on the server listens" in result.stderr


def test_removing_what_is_not_there_is_an_error(paas: Harness) -> None:
    paas.app("shop")

    assert "8000 is not mapped for shop" in paas.run("ports:remove", "shop", "8000").stderr


def test_a_clone_has_the_ports_that_can_be_shared(paas: Harness) -> None:
    paas.ok("domains:set-global", "example.com")
    paas.app("shop")
    paas.ok("ports:set", "shop", "http:8000:5000")

    paas.ok("apps:clone", "shop", "copy")
    assert ports_of(paas, "copy") == ["http:8000:5000"]

    paas.ok("ports:add", "shop", "tcp:2222:22")
    assert "does not get the ports of shop" in paas.run("apps:clone", "shop", "other").stderr
    assert ports_of(paas, "other") == ["http:80:5000"]


def test_a_destroyed_app_frees_its_ports(paas: Harness) -> None:
    paas.app("shop")
    paas.app("blog")
    paas.ok("ports:set", "shop", "tcp:2222:22")
    paas.ok("apps:destroy", "--force", "shop")

    paas.ok("ports:set", "blog", "tcp:2222:22")


def test_plugins_hear_of_a_change(paas: Harness, inventory: Inventory) -> None:
    heard = []

    @hookimpl
    def post_proxy_ports_update(app: App, action: str) -> None:
        heard.append((app.name, action))

    inventory.real = True
    inventory.plugin("listener", post_proxy_ports_update)
    paas.app("shop")

    paas.ok("ports:add", "shop", "http:8000:5000")
    paas.ok("ports:clear", "shop")

    assert heard == [("shop", "add"), ("shop", "clear")]


@settings(deadline=None)
@given(st.text(max_size=30))
def test_whatever_is_accepted_is_a_scheme_and_two_ports(text: str) -> None:
    try:
        mapping = parse(text)
    except InvalidValue:
        return
    assert mapping.scheme in SCHEMES
    assert {mapping.host, mapping.container} <= set(mappings.PORTS)


@settings(deadline=None)
@given(st.sampled_from(SCHEMES), st.sampled_from(mappings.PORTS), st.sampled_from(mappings.PORTS))
def test_every_mapping_is_read_back_as_it_is_written(scheme: str, host: int, container: int) -> None:
    mapping = PortMapping(scheme, host, container)

    assert parse(str(mapping)) == mapping


def test_a_mapping_that_no_proxy_serves_is_kept_and_said(paas: Harness) -> None:
    paas.app("shop")

    result = paas.run("ports:set", "shop", "http:80:5000", "udp:5353:53")

    assert result.exit_code == 0
    assert "udp:5353:53 is kept, but no proxy of ours serves udp" in result.stderr
    assert "http:80" not in result.stderr
