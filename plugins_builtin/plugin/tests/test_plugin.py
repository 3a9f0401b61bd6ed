"""Plugins are listed, switched, and hooks fired."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from types import ModuleType
from unittest import mock

import pytest

from paas import App, entrypoints, hookimpl, lifecycle
from paas.entrypoints import EntryPoint
from paas.testing import Harness


@pytest.fixture
def community(paas: Harness, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A plugin `greet` that isn't ours, as a module to fill."""
    module = ModuleType("paas_greet")
    entry = EntryPoint("greet", "paas_greet", "greet-plugin", "3.2")
    declared = entrypoints.declared

    def more(*groups: str) -> dict[str, list[EntryPoint]]:
        found = declared(*groups)
        if entrypoints.PLUGINS in found:
            found[entrypoints.PLUGINS] = sorted([*found[entrypoints.PLUGINS], entry], key=lambda e: e.name)
        return found

    # Just this one: mock.patch.dict would also forget each module that is first imported meanwhile, and the tests
    # after it would patch another copy of that module than the one that is used.
    monkeypatch.setitem(sys.modules, "paas_greet", module)
    with (
        mock.patch.object(entrypoints, "declared", more),
        mock.patch("paas_plugin.listing._description", return_value="Says hello."),
    ):
        yield module


def listed(paas: Harness) -> dict[str, dict[str, object]]:
    return {plugin["name"]: plugin for plugin in json.loads(paas.ok("plugin:list", "--format", "json"))}


def test_a_plugin_is_listed_with_its_state_and_where_it_comes_from(paas: Harness, community: ModuleType) -> None:
    greet = listed(paas)["greet"]

    assert greet["state"] == "enabled"
    assert greet["version"] == "3.2"
    assert greet["origin"] == "community"
    assert listed(paas)["plugin"]["origin"] == "builtin"
    assert "Says hello." in paas.ok("plugin:list")


def test_a_description_is_that_of_the_distribution(paas: Harness) -> None:
    assert listed(paas)["plugin"]["description"] == "List, install, enable, disable and uninstall plugins."


def test_plugins_are_listed_in_the_order_in_which_they_are_called(paas: Harness, community: ModuleType) -> None:
    community.before = ("apps",)  # type: ignore[attr-defined]

    names = list(listed(paas))

    assert names.index("greet") < names.index("apps") if "apps" in names else names[0] == "greet"
    assert [plugin["order"] for plugin in listed(paas).values()] == list(range(1, len(names) + 1))


def test_a_broken_plugin_is_listed_with_the_reason(paas: Harness, community: ModuleType) -> None:
    community.no_such_hook = hookimpl(lambda: None, specname="no_such_hook")  # type: ignore[attr-defined]

    greet = listed(paas)["greet"]

    assert greet["state"] == "broken"
    assert "no_such_hook" in str(greet["reason"])
    assert greet["order"] is None


def test_a_disabled_plugin_is_left_out_until_it_is_enabled(paas: Harness, community: ModuleType) -> None:
    paas.ok("plugin:disable", "greet")
    assert listed(paas)["greet"]["state"] == "disabled"
    assert "already disabled" in paas.run("plugin:disable", "greet").stderr

    paas.ok("plugin:enable", "greet")
    assert listed(paas)["greet"]["state"] == "enabled"
    assert "already enabled" in paas.run("plugin:enable", "greet").stderr


def test_a_builtin_plugin_is_disabled_only_by_force(paas: Harness, community: ModuleType) -> None:
    with mock.patch("paas_plugin.listing.origin", return_value="builtin"):
        assert "is a builtin plugin" in paas.run("plugin:disable", "greet").stderr
        paas.ok("--force", "plugin:disable", "greet")

    assert listed(paas)["greet"]["state"] == "disabled"


def test_this_plugin_cannot_be_disabled(paas: Harness) -> None:
    refused = paas.run("plugin:disable", "--force", "plugin")

    assert refused.exit_code == 1
    assert "nothing could enable it again" in refused.stderr


def test_a_plugin_that_others_need_is_disabled_only_by_force(paas: Harness, community: ModuleType) -> None:
    from paas import plugins

    whole = plugins.load

    def dependent() -> plugins.Plugins:
        found = whole()
        if "greet" in found.disabled:
            found.broken["other"] = "it implements greet_hook, which no plugin declares"
        return found

    with mock.patch.object(plugins, "load", dependent):
        refused = paas.run("plugin:disable", "greet")
        assert refused.exit_code == 1
        assert "other: it implements greet_hook" in refused.stderr
        assert listed(paas)["greet"]["state"] == "enabled"

        paas.ok("plugin:disable", "--force", "greet")


@pytest.mark.parametrize("verb", ["enable", "disable", "installed"])
def test_a_plugin_that_is_not_installed_is_an_error(paas: Harness, verb: str) -> None:
    result = paas.run(f"plugin:{verb}", "nothing")

    assert result.exit_code == 1
    assert "is not installed" in result.stderr


def test_an_installed_plugin_is_found_by_its_name(paas: Harness) -> None:
    assert paas.ok("plugin:installed", "plugin") == ""


@pytest.mark.parametrize("words", ["install x", "uninstall x", "update x", "enable x", "disable x", "trigger install"])
def test_a_key_changes_no_plugin(paas: Harness, words: str) -> None:
    verb, *rest = words.split()
    result = paas.run(f"plugin:{verb}", *rest, key="ann")

    assert result.exit_code == 1
    assert "on the server itself" in result.stderr


def test_a_key_may_look_at_the_list(paas: Harness) -> None:
    assert "plugin" in paas.ok("plugin:list", key="ann")


def test_a_fired_hook_reaches_the_plugins(paas: Harness, community: ModuleType) -> None:
    told: list[str] = []
    community.post_create = hookimpl(lambda app: told.append(app.name), specname="post_create")  # type: ignore[attr-defined]
    with paas.inside():
        lifecycle.create("shop")

    told.clear()

    paas.ok("plugin:trigger", "post-create", "shop")

    assert told == ["shop"]


def test_what_a_fired_hook_gathers_is_printed(paas: Harness, community: ModuleType) -> None:
    def app_urls(app: App) -> list[str]:
        return [f"http://{app.name}.test"]

    community.app_urls = hookimpl(app_urls)  # type: ignore[attr-defined]
    with paas.inside():
        lifecycle.create("shop")

    assert "http://shop.test" in paas.ok("plugin:trigger", "app_urls", "shop").splitlines()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nothing"], "There is no hook nothing"),
        (["nothing"], "hookspecs.md"),
        (["post-creat", "shop"], "Did you mean post_create?"),
        (["build", "shop"], "which only a deploy can fire"),
        (["post_create"], "post_create takes app: App"),
        (["post_deploy", "shop", "release"], "takes app: App, release: Release"),
        (["tick", "noon"], "tick takes now: float"),
        (["uninstall", "a", "b"], "takes plugin: str"),
    ],
)
def test_a_hook_that_words_cannot_fire_says_what_it_takes(paas: Harness, words: list[str], says: str) -> None:
    result = paas.run("plugin:trigger", *words)

    assert result.exit_code == 2
    assert says in result.stderr


def test_a_fired_hook_that_fails_fails_the_command(paas: Harness, community: ModuleType) -> None:
    def install() -> None:
        raise OSError("no space")

    community.install = hookimpl(install)  # type: ignore[attr-defined]

    result = paas.run("plugin:trigger", "install")

    assert result.exit_code == 1
    assert "greet" in result.stderr


def test_outside_an_installed_system_nothing_can_be_installed(paas: Harness) -> None:
    result = paas.run("plugin:install", "maintenance")

    assert result.exit_code == 1
    assert "isn't installed on a server" in result.stderr


def test_a_script_of_dokkus_may_ask_for_dependencies(paas: Harness) -> None:
    assert "installed with them" in paas.ok("plugin:install-dependencies", "--core")
