"""Which plugins are used, in which order, and what is said of the others."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paas import PaasError, entrypoints, hookimpl, hooks, state
from paas.hooks import hookspec
from paas.plugins import BrokenPlugin, Plugins
from paas.testing import Harness, Inventory


@hookimpl
def post_create() -> None: ...


@hookimpl
def post_delete() -> None: ...


def broken(paas: Harness) -> dict[str, str]:
    return paas.plugins().broken


def test_plugins_come_in_the_order_of_their_names(paas: Harness, inventory: Inventory) -> None:
    for name in ("nginx", "apps", "config"):
        inventory.plugin(name, post_create)

    assert paas.plugins().order == ["apps", "config", "nginx"]


def test_before_and_after_change_the_order_and_names_that_are_not_there_dont(
    paas: Harness, inventory: Inventory
) -> None:
    inventory.plugin("apps", post_create, after=("nginx", "not-installed"))
    inventory.plugin("nginx", post_create)
    inventory.plugin("zebra", post_create, before=("nginx", "not-installed"))

    assert paas.plugins().order == ["zebra", "nginx", "apps"]


def test_hooks_run_in_the_printed_order(paas: Harness, inventory: Inventory) -> None:
    ran: list[str] = []

    def noting(name: str) -> Callable[..., Any]:
        def app_domains() -> list[str]:
            return [name]

        return hookimpl(app_domains)

    inventory.plugin("a", noting("a"), after=("c",))
    inventory.plugin("b", noting("b"))
    inventory.plugin("c", noting("c"))

    from paas import App, hookspecs

    with paas.inside():
        ran = hooks.gather(hookspecs.app_domains, App(1, "shop", 0))
        assert ran == hooks.plugins().order == ["b", "c", "a"]


NAMES = st.sampled_from("abcdef")


@given(st.dictionaries(NAMES, st.tuples(st.sets(NAMES), st.sets(NAMES))))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_wish_is_met_or_its_circle_named(
    paas: Harness, inventory: Inventory, wishes: dict[str, tuple[set[str], set[str]]]
) -> None:
    inventory.entries.clear()
    for name, (before, after) in wishes.items():
        inventory.plugin(name, post_create, before=tuple(before), after=tuple(after))

    plugins = paas.plugins()

    assert sorted([*plugins.order, *plugins.broken]) == sorted(wishes)
    place = {name: index for index, name in enumerate(plugins.order)}
    for name in plugins.order:
        before, after = wishes[name]
        assert all(place[name] < place[other] for other in before if other in place)
        assert all(place[name] > place[other] for other in after if other in place)
    assert all("go in a circle" in reason for reason in plugins.broken.values())


def test_a_circle_is_named_and_the_others_go_on(paas: Harness, inventory: Inventory) -> None:
    inventory.plugin("a", post_create, before=("b",))
    inventory.plugin("b", post_create, before=("c",))
    inventory.plugin("c", post_create, before=("a",))
    inventory.plugin("d", post_create, after=("a",))

    plugins = paas.plugins()

    assert plugins.order == ["d"]
    assert set(plugins.broken) == {"a", "b", "c"}
    assert set("abc") <= set(plugins.broken["a"].partition("circle: ")[2].replace(" → ", ""))


@pytest.mark.parametrize("wish", ["nginx", 5, ("nginx", 5), None])
def test_before_and_after_are_names(paas: Harness, inventory: Inventory, wish: object) -> None:
    inventory.plugin("faulty", post_create, before=wish)

    assert "before is not a tuple of names" in broken(paas)["faulty"]


@pytest.mark.parametrize("error", [ImportError("no module named x"), SystemExit(1), SyntaxError("bad"), ValueError()])
def test_a_plugin_that_cant_be_imported_is_named_and_the_others_go_on(
    paas: Harness, inventory: Inventory, error: BaseException
) -> None:
    inventory.add(entrypoints.PLUGINS, "faulty", error)
    inventory.plugin("sound", post_create)

    plugins = paas.plugins()

    assert plugins.order == ["sound"]
    assert plugins.broken["faulty"].startswith(type(error).__name__)
    with pytest.raises(BrokenPlugin, match=f"faulty: {type(error).__name__}"):
        plugins.require_sound()


def test_a_misspelt_hook_breaks_its_plugin(paas: Harness, inventory: Inventory) -> None:
    @hookimpl
    def post_creat() -> None: ...

    inventory.plugin("faulty", post_creat, post_create)

    plugins = paas.plugins()
    assert plugins.broken == {"faulty": "it implements post_creat, which no plugin declares"}
    assert plugins.order == []
    with paas.inside():
        from paas import hookspecs

        assert not hooks.plugins().implementing(hookspecs.post_create)


def test_an_argument_that_the_hook_doesnt_have_breaks_its_plugin(paas: Harness, inventory: Inventory) -> None:
    @hookimpl
    def post_create(application: object) -> None: ...

    inventory.plugin("faulty", post_create)

    assert "application" in broken(paas)["faulty"]


@pytest.mark.parametrize("option", ["tryfirst", "trylast"])
def test_only_before_and_after_decide_the_order(paas: Harness, inventory: Inventory, option: str) -> None:
    def post_create() -> None: ...

    inventory.plugin("faulty", hookimpl(**{option: True})(post_create))

    assert "post_create tryfirst or trylast; use before and after" in broken(paas)["faulty"]


@pytest.mark.parametrize("hook", ["pre_delete", "post_create", "app_environment", "visible_apps"])
def test_only_answers_and_roles_can_be_wrapped(paas: Harness, inventory: Inventory, hook: str) -> None:
    def wrap() -> Any:
        return (yield)

    wrap.__name__ = hook
    inventory.plugin("faulty", hookimpl(wrapper=True)(wrap))

    assert broken(paas)["faulty"] == f"it wraps {hook}; only answers and roles can be wrapped"


def test_two_plugins_of_one_name_are_both_left_out_and_named(paas: Harness, inventory: Inventory) -> None:
    inventory.plugin("mail", post_create, distribution="paas-mail")
    inventory.plugin("mail", post_create, distribution="acme-mail")

    plugins = paas.plugins()

    assert plugins.order == []
    assert plugins.broken == {"mail": "acme-mail and paas-mail both have this name"}


def test_a_disabled_plugin_is_not_even_imported(paas: Harness, inventory: Inventory) -> None:
    inventory.add(entrypoints.PLUGINS, "faulty", ImportError("x"))
    with paas.inside():
        state.change("plugin", state.GLOBAL, {"disabled": ["faulty"]})

    plugins = paas.plugins()

    assert (plugins.order, plugins.broken, plugins.disabled) == ([], {}, {"faulty"})
    plugins.require_sound()


# Hooks that plugins declare


def specs(name: str, function: Callable[..., Any]) -> ModuleType:
    module = ModuleType(f"paas_{name}.hookspecs")
    setattr(module, function.__name__, function)
    return module


@hookspec.tell
def post_bake(cake: str) -> None:
    """A cake is ready."""


def test_a_plugin_can_implement_what_a_later_one_declares(paas: Harness, inventory: Inventory) -> None:
    eaten = []

    @hookimpl(specname="post_bake")
    def eat(cake: str) -> None:
        eaten.append(cake)

    inventory.plugin("a-guest", eat)
    inventory.plugin("bakery", post_create)
    inventory.add(entrypoints.HOOKSPECS, "bakery", specs("bakery", post_bake))

    with paas.inside():
        assert hooks.tell(post_bake, "lemon") == []
    assert eaten == ["lemon"]


def test_hooks_that_cant_be_declared_break_their_plugin(paas: Harness, inventory: Inventory) -> None:
    inventory.plugin("bakery", post_create)
    inventory.add(entrypoints.HOOKSPECS, "bakery", ImportError("no flour"))

    assert broken(paas) == {"bakery": "its hooks can't be declared: ImportError: no flour"}


def test_a_hook_that_another_plugin_declares_already_breaks_the_later_one(paas: Harness, inventory: Inventory) -> None:
    for name in ("bakery", "pastry"):
        inventory.plugin(name, post_create)
        inventory.add(entrypoints.HOOKSPECS, name, specs(name, post_bake))

    plugins = paas.plugins()
    assert plugins.order == ["bakery"]
    assert "its hooks can't be declared" in plugins.broken["pastry"]


def test_a_plugin_may_serve_one_that_need_not_be_there(paas: Harness, inventory: Inventory) -> None:
    @hookimpl(optionalhook=True)
    def post_bake() -> None: ...

    inventory.plugin("guest", post_bake)

    plugins = paas.plugins()
    assert plugins.order == ["guest"]
    assert plugins.broken == {}


def test_a_disabled_plugins_hooks_are_not_declared(paas: Harness, inventory: Inventory) -> None:
    @hookimpl(specname="post_bake")
    def eat() -> None: ...

    inventory.plugin("guest", eat)
    inventory.plugin("bakery", post_create)
    inventory.add(entrypoints.HOOKSPECS, "bakery", specs("bakery", post_bake))
    with paas.inside():
        state.change("plugin", state.GLOBAL, {"disabled": ["bakery"]})

    assert "post_bake, which no plugin declares" in broken(paas)["guest"]


def test_a_broken_plugin_is_told_from_one_that_fails_when_called(paas: Harness, inventory: Inventory) -> None:
    assert isinstance(paas.plugins(), Plugins)
    with pytest.raises(PaasError, match=r"can't start while a plugin is broken\. mail: x") as error:
        Plugins(paas.plugins().manager, broken={"mail": "x"}).require_sound()
    assert error.value.hint == "Mend or uninstall mail, or leave it out with plugin:disable."


# What is installed, read from metadata


def install(folder: Path, distribution: str, text: str) -> None:
    info = folder / f"{distribution}-1.2.dist-info"
    info.mkdir(parents=True)
    (info / "entry_points.txt").write_text(text)


def test_declarations_are_read_from_the_metadata_of_every_folder_of_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path / "a", "paas_ssh_keys", "[paas.plugins]\nssh-keys = paas_ssh_keys.plugin\n")
    install(
        tmp_path / "b",
        "acme_paas",
        "# paas.\n[console_scripts]\nx = y:z\n[paas.commands]\n\nzoo=acme:app\n;\n[paas.plugins]\nacme = acme.plugin",
    )
    install(tmp_path / "b", "paas_ssh_keys", "[paas.plugins]\nolder = paas_old.plugin\n")
    install(tmp_path / "b", "other", "[console_scripts]\nx = y:z\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "a"), str(tmp_path / "missing"), str(tmp_path / "b")])

    found = entrypoints.declared(entrypoints.PLUGINS, entrypoints.COMMANDS)

    assert [(e.name, e.distribution, e.version) for e in found[entrypoints.PLUGINS]] == [
        ("acme", "acme-paas", "1.2"),
        ("ssh-keys", "paas-ssh-keys", "1.2"),
    ]
    assert [(e.name, e.package) for e in found[entrypoints.COMMANDS]] == [("zoo", "acme")]


def test_an_entry_point_names_a_module_or_a_thing_in_it() -> None:
    def entry(target: str) -> entrypoints.EntryPoint:
        return entrypoints.EntryPoint("x", target, "d", "1")

    assert entry("paas.state").load() is state
    assert entry("paas.state:change").load() is state.change
    with pytest.raises(ImportError, match=r"paas\.state has no nothing"):
        entry("paas.state:nothing").load()
