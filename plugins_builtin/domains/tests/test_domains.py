from __future__ import annotations

from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paas import App, InvalidValue, PaasError, apps, entrypoints, hookimpl, hooks, hookspecs
from paas.entrypoints import EntryPoint
from paas.testing import Harness, Inventory
from paas_domains import names


def domains_of(paas: Harness, name: str) -> list[str]:
    with paas.inside():
        return hooks.gather(hookspecs.app_domains, apps.load(name))


def test_an_app_has_its_name_in_each_global_domain(paas: Harness) -> None:
    paas.app("shop")
    paas.ok("domains:set-global", "example.com", "example.org")

    assert domains_of(paas, "shop") == ["shop.example.com", "shop.example.org"]


def test_without_a_global_domain_an_app_has_none(paas: Harness) -> None:
    paas.app("shop")

    assert domains_of(paas, "shop") == []


def test_an_address_as_global_domain_gives_no_domain(paas: Harness) -> None:
    paas.app("shop")
    paas.ok("domains:set-global", "192.0.2.1")

    assert domains_of(paas, "shop") == []


def test_the_name_in_the_global_domain_follows_a_rename(paas: Harness) -> None:
    paas.app("shop")
    paas.ok("domains:set-global", "example.com")
    paas.ok("domains:add", "shop", "www.shop.com")

    paas.ok("apps:rename", "--skip-deploy", "shop", "store")

    assert domains_of(paas, "store") == ["store.example.com", "www.shop.com"]


def test_an_app_named_as_a_domain_has_that_one(paas: Harness) -> None:
    paas.app("shop.example.net")
    paas.ok("domains:set-global", "example.com", "example.org")

    assert domains_of(paas, "shop.example.net") == ["shop.example.net"]


def test_a_domain_leads_to_one_app_only(paas: Harness) -> None:
    paas.app("shop")
    paas.app("store")
    paas.ok("domains:add", "store", "shop.example.com")

    result = paas.run("domains:add", "shop", "SHOP.example.com")

    assert result.exit_code == 1
    assert "shop.example.com already belongs to store." in result.stderr
    assert "domains:remove store shop.example.com" in result.stderr
    assert domains_of(paas, "shop") == []


def test_a_name_that_another_app_has_by_itself_is_refused(paas: Harness) -> None:
    paas.app("shop")
    paas.app("store")
    paas.ok("domains:set-global", "example.com")

    assert "already belongs to shop" in paas.run("domains:set", "store", "shop.example.com").stderr


def test_of_many_domains_none_is_added_when_one_is_taken(paas: Harness) -> None:
    paas.app("shop")
    paas.app("store")
    paas.ok("domains:add", "store", "b.com")

    assert paas.run("domains:add", "shop", "a.com", "b.com").exit_code == 1
    assert domains_of(paas, "shop") == []


def test_a_wildcard_is_another_domain_than_the_names_it_covers(paas: Harness) -> None:
    paas.app("shop")
    paas.app("store")
    paas.ok("domains:add", "store", "*.example.com")

    paas.ok("domains:add", "shop", "shop.example.com")

    assert paas.run("domains:add", "shop", "*.example.com").exit_code == 1


def test_one_app_at_most_takes_every_other_name(paas: Harness) -> None:
    paas.app("shop")
    paas.app("store")
    paas.ok("domains:add", "store", "_")

    assert "already belongs to store" in paas.run("domains:add", "shop", "_").stderr


def test_a_domain_of_its_own_beats_a_name_that_a_new_app_would_have(paas: Harness) -> None:
    paas.ok("domains:set-global", "example.com")
    paas.app("store")
    paas.ok("domains:add", "store", "shop.example.com")

    paas.app("shop")

    assert domains_of(paas, "shop") == []
    assert domains_of(paas, "store") == ["store.example.com", "shop.example.com"]


def test_of_two_apps_that_would_have_a_name_the_older_keeps_it(paas: Harness) -> None:
    paas.ok("domains:set-global", "example.com")
    paas.app("shop.example.com")

    paas.app("shop")

    assert domains_of(paas, "shop.example.com") == ["shop.example.com"]
    assert domains_of(paas, "shop") == []


def test_adding_twice_is_no_error(paas: Harness) -> None:
    paas.app("shop")

    assert "Added www.shop.com to shop" in paas.ok("domains:add", "shop", "www.shop.com")
    assert "Skipping: www.shop.com already added to shop" in paas.ok("domains:add", "shop", "www.shop.com")
    assert domains_of(paas, "shop") == ["www.shop.com"]


def test_removing_the_name_it_has_by_itself_leaves_the_others(paas: Harness) -> None:
    paas.app("shop")
    paas.ok("domains:set-global", "a.com", "b.com")
    paas.ok("domains:add", "shop", "www.shop.com")

    paas.ok("domains:remove", "shop", "shop.a.com")

    assert domains_of(paas, "shop") == ["shop.b.com", "www.shop.com"]


def test_set_replaces_and_clear_and_reset_undo(paas: Harness) -> None:
    paas.app("shop")
    paas.ok("domains:set-global", "example.com")

    paas.ok("domains:set", "shop", "a.com", "b.com", "a.com")
    assert domains_of(paas, "shop") == ["a.com", "b.com"]
    paas.ok("domains:clear", "shop")
    assert domains_of(paas, "shop") == []
    paas.ok("domains:reset", "shop")
    assert domains_of(paas, "shop") == ["shop.example.com"]


def test_setup_gives_a_cleared_app_its_own_name_again_and_leaves_others_alone(paas: Harness) -> None:
    paas.app("shop")
    paas.ok("domains:set-global", "example.com")
    paas.ok("domains:clear", "shop")

    paas.ok("domains:setup", "shop")
    assert domains_of(paas, "shop") == ["shop.example.com"]

    paas.ok("domains:set", "shop", "a.com")
    paas.ok("domains:setup", "shop")
    assert domains_of(paas, "shop") == ["a.com"]


def test_disabled_domains_are_kept_and_stay_reserved(paas: Harness) -> None:
    paas.app("shop")
    paas.app("store")
    paas.ok("domains:add", "shop", "a.com")

    paas.ok("domains:disable", "shop")
    assert domains_of(paas, "shop") == []
    assert paas.run("domains:add", "store", "a.com").exit_code == 1

    paas.ok("domains:enable", "shop")
    assert domains_of(paas, "shop") == ["a.com"]


def test_adding_a_domain_enables_those_that_were_disabled(paas: Harness) -> None:
    paas.app("shop")
    paas.ok("domains:disable", "--all")

    paas.ok("domains:add", "shop", "a.com")

    assert domains_of(paas, "shop") == ["a.com"]


def test_global_domains_are_added_removed_and_cleared(paas: Harness) -> None:
    paas.ok("domains:add-global", "a.com", "b.com")
    paas.ok("domains:add-global", "b.com", "c.com")
    paas.ok("domains:remove-global", "a.com")
    assert paas.ok("domains:report", "--global", "--domains-global-vhosts") == "b.com c.com\n"

    paas.ok("domains:clear-global")
    assert paas.ok("domains:report", "--global", "--domains-global-enabled") == "false\n"


def test_a_report_names_the_domains(paas: Harness) -> None:
    paas.app("shop")
    paas.ok("domains:set-global", "example.com")

    report = paas.ok("domains:report", "shop").splitlines()

    assert report[0] == "=====> shop domains information"
    assert [line.split()[-1] for line in report[1:]] == ["true", "shop.example.com", "true", "example.com"]


def test_a_clone_does_not_take_the_domains_of_the_original(paas: Harness) -> None:
    paas.app("shop")
    paas.ok("domains:set-global", "example.com")
    paas.ok("domains:set", "shop", "www.shop.com")

    paas.ok("apps:clone", "shop", "copy")

    assert domains_of(paas, "copy") == ["copy.example.com"]
    assert domains_of(paas, "shop") == ["www.shop.com"]


def test_a_destroyed_app_frees_its_domains(paas: Harness) -> None:
    paas.app("shop")
    paas.app("store")
    paas.ok("domains:add", "store", "a.com")
    paas.ok("apps:destroy", "--force", "store")

    paas.ok("domains:add", "shop", "a.com")


NO_DOMAINS = (
    *("http://a.com", "a.com:80", "a..com", "a.com.", "b.-a.com", "a_b.com", "", "a b", "*", "*.*.com", "a.*.com"),
    *("x" * 64 + ".com", ".".join(["x" * 60] * 5), "a.com;", "a\n.com", ".", "*.", "__", "a.com{}", "$host", "~^a"),
    *("1.2.3.4", "a.0x7f", "::1", "a.1"),
)


@pytest.mark.parametrize("text", NO_DOMAINS)
def test_what_is_no_domain_is_refused(paas: Harness, text: str) -> None:
    paas.app("shop")

    result = paas.run("domains:add", "shop", text)

    assert result.exit_code == 1
    assert "is not a domain" in result.stderr or "is an address" in result.stderr
    assert domains_of(paas, "shop") == []


def test_other_alphabets_become_punycode() -> None:
    assert names.domain("Straße.DE") == "xn--strae-oqa.de"
    assert names.domain("*.münchen.de") == "*.xn--mnchen-3ya.de"


@settings(deadline=None)
@given(st.text(max_size=300))
def test_whatever_is_accepted_is_harmless_and_stays_as_it_is(text: str) -> None:
    try:
        name = names.domain(text)
    except InvalidValue:
        return
    assert name == names.EVERY_HOST or all(
        c in "abcdefghijklmnopqrstuvwxyz0123456789-." for c in name.removeprefix("*")
    )
    assert len(name) <= 255
    assert names.domain(name) == name


@settings(deadline=None)
@given(st.lists(st.from_regex(names.LABEL, fullmatch=True), min_size=1, max_size=4))
def test_every_name_of_valid_labels_is_accepted(labels: list[str]) -> None:
    text = ".".join([*labels, "com"])

    assert names.domain(text.upper()) == text


def test_plugins_hear_of_a_change_and_can_change_the_name_an_app_has(paas: Harness, inventory: Inventory) -> None:
    heard = []

    @hookimpl
    def post_domains_update(app: App, action: str, domains: list[str]) -> None:
        heard.append((app.name, action, list(domains)))

    @hookimpl
    def nginx_hostname(hostname: str, app: App, vhost: str) -> str:
        return f"www.{hostname}"

    inventory.real = True
    inventory.plugin("listener", post_domains_update, nginx_hostname)
    paas.app("shop")
    paas.ok("domains:set-global", "example.com")

    paas.ok("domains:add", "shop", "a.com")

    assert heard == [("shop", "add", ["a.com"])]
    assert domains_of(paas, "shop") == ["www.shop.example.com", "a.com"]


@pytest.fixture
def alone(inventory: Inventory, monkeypatch: pytest.MonkeyPatch) -> Inventory:
    """Of what is installed only apps and domains are there, and what the test adds."""
    inventory.real, whole = True, entrypoints.declared

    def declared(*groups: str) -> dict[str, list[EntryPoint]]:
        ours = ("paas-apps", "paas-domains", "paas-strict")
        return {group: [e for e in entries if e.distribution in ours] for group, entries in whole(*groups).items()}

    monkeypatch.setattr(entrypoints, "declared", declared)
    return inventory


def test_a_change_that_the_proxy_refuses_is_undone(paas: Harness, alone: Inventory) -> None:
    @hookimpl
    def proxy_configure(app: App) -> None:
        if "bad.com" in hooks.gather(hookspecs.app_domains, app):
            raise PaasError("nginx refuses it")

    alone.plugin("strict", proxy_configure)
    paas.app("shop")
    paas.ok("domains:add", "shop", "good.com")

    assert paas.run("domains:set", "shop", "bad.com").exit_code == 1
    assert domains_of(paas, "shop") == ["good.com"]


def test_global_domains_that_change_nothing_are_skipped(paas: Harness) -> None:
    paas.ok("domains:add-global", "example.com")

    assert paas.ok("domains:add-global", "example.com", "b.com").splitlines() == [
        "-----> Skipping: example.com already added",
        "-----> Added b.com",
    ]
    assert "Skipping: c.com isn't one" in paas.ok("domains:remove-global", "c.com")


def test_the_domains_of_all_apps_go_on_after_one_that_is_refused(paas: Harness) -> None:
    for name in ("blog", "shop"):
        paas.app(name)
        paas.ok("domains:disable", name)
    with mock.patch("paas_domains.changes.enable", side_effect=[PaasError("nginx refuses it"), None]):
        result = paas.run("domains:enable", "--all")

    assert result.exit_code == 1
    assert "blog: nginx refuses it" in result.stderr
    assert "Enabled domains of shop" in result.stdout
