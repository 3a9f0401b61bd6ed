from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import pytest

from paas import App, PaasError, PortMapping, apps, hookimpl, hooks, hookspecs
from paas.testing import Harness, Inventory
from paas_proxy import api, urls
from paas_proxy.api import Certificate


class Recorder:
    """A proxy that remembers what it was asked to do, and refuses if told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.refuses = False
        self.meeting = threading.Barrier(1)

    def hooks(self) -> Sequence[Callable[..., object]]:
        @hookimpl
        def proxy_configure(app: App) -> None:
            self.asked.append(("configure", app.name))
            self.meeting.wait(20)
            if self.refuses:
                raise PaasError("It is full")

        @hookimpl
        def proxy_clear_config(app: App) -> None:
            self.asked.append(("clear", app.name))
            self.meeting.wait(20)

        return proxy_configure, proxy_clear_config


@pytest.fixture
def caddy(inventory: Inventory) -> Recorder:
    """Another proxy beside the real ones."""
    inventory.real, recorder = True, Recorder()
    inventory.plugin("caddy", *recorder.hooks())
    return recorder


def http(port: int) -> PortMapping:
    return PortMapping("http", port, 5000)


def https(port: int) -> PortMapping:
    return PortMapping("https", port, 5000)


def test_a_url_names_the_port_where_it_is_not_the_usual_one() -> None:
    found = urls.made(["shop.com", "www.shop.com"], [http(80), http(8080)], lambda host: False)

    assert found == ["http://shop.com", "http://shop.com:8080", "http://www.shop.com", "http://www.shop.com:8080"]


def test_https_comes_first_and_only_for_hosts_with_a_certificate() -> None:
    found = urls.made(["a.com", "b.com"], [http(80), https(443), https(8443)], lambda host: host == "b.com")

    assert found == ["https://b.com", "https://b.com:8443", "http://a.com", "http://b.com"]


def test_other_schemes_have_no_url() -> None:
    assert urls.made(["a.com"], [PortMapping("tcp", 2222, 22), PortMapping("grpc", 80, 5000)], lambda host: True) == []


def test_an_ipv6_address_is_bracketed() -> None:
    assert urls.made(["2001:db8::1"], [http(10000)], lambda host: False) == ["http://[2001:db8::1]:10000"]


def test_an_app_without_a_domain_is_at_the_servers_address(paas: Harness) -> None:
    paas.app("shop")
    assert paas.ok("url", "shop").startswith(f"http://{urls.bracketed(urls.address())}:1")

    paas.ok("proxy:set", "--global", "server-host", "Box.example.com")
    assert paas.ok("url", "shop").startswith("http://box.example.com:1")


def test_wildcards_are_no_urls(paas: Harness) -> None:
    paas.app("shop")
    paas.ok("domains:set", "shop", "*.shop.com", "b.com", "a.com", "_")

    assert paas.ok("url", "shop") == "http://b.com\n"
    assert paas.ok("urls", "shop").splitlines() == ["http://a.com", "http://b.com"]


def test_an_app_with_a_certificate_has_a_secure_url_first(paas: Harness, inventory: Inventory) -> None:
    @hookimpl
    def certificate_for(app: App, domain: str) -> Certificate | None:
        return Certificate("/c.pem", "/k.pem") if domain == "b.com" else None

    inventory.real = True
    inventory.plugin("certificates", certificate_for)
    paas.app("shop")
    paas.ok("domains:set", "shop", "a.com", "b.com")

    assert paas.ok("url", "shop") == "https://b.com\n"


def test_a_disabled_proxy_leaves_no_url(paas: Harness) -> None:
    paas.app("shop")
    paas.ok("proxy:disable", "shop")

    result = paas.run("url", "shop")
    assert result.exit_code == 1
    assert "its proxy is disabled" in result.stderr
    assert paas.ok("proxy:report", "shop", "--proxy-enabled") == "false\n"

    paas.ok("proxy:enable", "shop")
    assert paas.ok("urls", "shop")


def test_disabling_has_the_proxy_forget_the_app_and_enabling_brings_it_back(paas: Harness, caddy: Recorder) -> None:
    paas.app("shop")
    paas.ok("proxy:set", "shop", "caddy")
    caddy.asked.clear()

    paas.ok("proxy:disable", "shop")
    assert caddy.asked == [("clear", "shop")]
    paas.ok("proxy:enable", "--all")
    assert caddy.asked == [("clear", "shop"), ("configure", "shop")]


@pytest.mark.parametrize("words", [["caddy"], ["type", "caddy"], ["selected", "caddy"]])
def test_a_proxy_is_chosen_by_its_name(paas: Harness, caddy: Recorder, words: list[str]) -> None:
    paas.app("shop")

    paas.ok("proxy:set", "shop", *words)

    assert caddy.asked[-1] == ("configure", "shop")
    assert paas.ok("proxy:report", "shop", "--proxy-computed-type") == "caddy\n"


def test_a_proxy_that_refuses_an_app_is_not_chosen(paas: Harness, caddy: Recorder) -> None:
    paas.app("shop")
    caddy.refuses = True

    assert paas.run("proxy:set", "shop", "caddy").exit_code == 1
    assert paas.ok("proxy:report", "shop", "--proxy-computed-type") == "nginx\n"


def test_a_proxy_that_is_not_installed_is_refused(paas: Harness) -> None:
    paas.app("shop")

    result = paas.run("proxy:set", "shop", "traefik")

    assert result.exit_code == 1
    assert "plugin:install traefik" in result.stderr


def test_the_only_proxy_there_is_needs_no_choice(paas: Harness, inventory: Inventory) -> None:
    from paas_proxy import plugin

    only = Recorder()
    inventory.add("paas.plugins", "proxy", plugin)
    inventory.plugin("caddy", *only.hooks())

    with paas.inside():
        app = apps.add("shop")
        hooks.act(hookspecs.proxy_clear_config, app)

    assert only.asked == [("clear", "shop")]


def test_without_any_proxy_nothing_is_sent_to_an_app(paas: Harness, inventory: Inventory) -> None:
    from paas_proxy import plugin

    inventory.add("paas.plugins", "proxy", plugin)

    with paas.inside():
        hooks.act(hookspecs.proxy_clear_config, apps.add("shop"))


def test_building_goes_on_after_an_app_that_is_refused(paas: Harness, caddy: Recorder) -> None:
    for name in ("blog", "shop"):
        paas.app(name)
        paas.ok("proxy:set", name, "caddy")
    caddy.refuses = True
    caddy.asked.clear()

    result = paas.run("proxy:build-config", "--all", "--parallel", "2")

    assert result.exit_code == 1
    assert "Failed for blog, shop." in result.stderr
    assert sorted(caddy.asked) == [("configure", "blog"), ("configure", "shop")]


@pytest.mark.parametrize("verb", ["build-config", "enable", "disable"])
def test_several_apps_are_asked_for_at_the_same_time(paas: Harness, caddy: Recorder, verb: str) -> None:
    for name in ("blog", "shop"):
        paas.app(name)
        paas.ok("proxy:set", name, "caddy")
    caddy.meeting = threading.Barrier(2)  # nobody leaves it before both are there

    paas.ok(f"proxy:{verb}", "--all", "--parallel", "2")


def test_clearing_has_the_proxy_forget_the_app(paas: Harness, caddy: Recorder) -> None:
    paas.app("shop")
    paas.ok("proxy:set", "shop", "caddy")

    paas.ok("proxy:clear-config", "shop")

    assert caddy.asked[-1] == ("clear", "shop")


def test_building_needs_an_app_or_all(paas: Harness) -> None:
    assert paas.run("proxy:build-config").exit_code == 2


@pytest.mark.parametrize("verb", ["ports", "ports-add", "ports-clear", "ports-remove", "ports-set"])
def test_commands_that_moved_name_the_new_one(paas: Harness, verb: str) -> None:
    result = paas.run(f"proxy:{verb}", "shop", "http:80:5000", "--flag")

    assert result.exit_code == 1
    assert f"Use ports:{verb.partition('-')[2] or 'list'}" in result.stderr


def test_the_usual_ports_are_the_servers_unless_they_are_set(paas: Harness) -> None:
    target = paas.app("shop")
    paas.ok("proxy:set", "--global", "proxy-ssl-port", "8443")

    with paas.inside():
        assert (api.http_port(target), api.https_port(target)) == (80, 8443)
    assert paas.run("proxy:set", "shop", "proxy-port", "http").exit_code == 1


def test_a_clone_has_the_settings_of_the_original(paas: Harness) -> None:
    paas.app("shop")
    paas.ok("proxy:set", "shop", "proxy-port", "8080")
    paas.ok("apps:clone", "shop", "copy")

    assert paas.ok("proxy:report", "copy", "--proxy-proxy-port") == "8080\n"
