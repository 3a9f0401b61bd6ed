"""The shapes of hooks: what becomes of what plugins answer, refuse and break."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from paas import App, Image, PaasError, Source, hookimpl, hooks, hookspecs
from paas.plugins import PluginFailed
from paas.testing import Harness, Inventory

SHOP = App(1, "shop", 0)
SOURCE = Source(Path("/nowhere"), "a", "git-push")

Plug = Callable[..., None]


@pytest.fixture(autouse=True)
def inside(paas: Harness) -> Iterator[None]:
    with paas.inside():
        yield


@pytest.fixture
def plug(inventory: Inventory) -> Plug:
    """Install a plugin with one hook that does something with what it gets."""

    def install(name: str, hook: str, does: Callable[..., Any], **attributes: Any) -> None:
        does.__name__ = hook
        inventory.plugin(name, hookimpl(does), **attributes)

    return install


def raising(error: BaseException) -> Callable[[], Any]:
    def refuse() -> Any:
        raise error

    return refuse


# check


def test_the_first_refusal_stops_the_rest(plug: Plug) -> None:
    asked = []
    plug("a", "pre_delete", lambda: asked.append("a"))
    plug("b", "pre_delete", raising(PaasError("b needs it", hint="unlink it")))
    plug("c", "pre_delete", lambda: asked.append("c"))

    with pytest.raises(PaasError, match="b needs it") as error:
        hooks.check(hookspecs.pre_delete, SHOP)

    assert error.value.hint == "unlink it"
    assert asked == ["a"]


@pytest.mark.parametrize("bug", [KeyError("x"), SystemExit(3), GeneratorExit(), RecursionError("deep")])
def test_a_check_that_breaks_refuses_and_is_named(plug: Plug, bug: BaseException) -> None:
    plug("faulty", "pre_delete", raising(bug))

    with pytest.raises(PluginFailed, match=f"The plugin faulty failed: {type(bug).__name__}") as error:
        hooks.check(hookspecs.pre_delete, SHOP)

    assert "plugin:disable faulty" in str(error.value.hint)


def test_whoever_interrupts_a_plugin_interrupts_the_command(plug: Plug) -> None:
    plug("slow", "post_create", raising(KeyboardInterrupt()))

    with pytest.raises(KeyboardInterrupt):
        hooks.tell(hookspecs.post_create, SHOP)


def test_a_plugin_takes_only_the_arguments_that_it_uses(plug: Plug) -> None:
    seen: list[object] = []
    plug("none", "pre_build", lambda: None)
    plug("one", "pre_build", lambda builder: seen.append(builder))
    plug("two", "pre_build", lambda source, app: seen.append((app, source)))

    hooks.check(hookspecs.pre_build, SHOP, SOURCE, "dockerfile")

    assert seen == ["dockerfile", (SHOP, SOURCE)]


def test_arguments_may_be_named(plug: Plug) -> None:
    seen: list[object] = []
    plug("one", "pre_build", lambda builder: seen.append(builder))

    hooks.check(hookspecs.pre_build, SHOP, source=SOURCE, builder="pack")

    assert seen == ["pack"]


def test_a_call_with_the_wrong_arguments_is_a_bug_of_the_caller(plug: Plug) -> None:
    plug("one", "pre_delete", lambda app: None)

    with pytest.raises(TypeError, match="pre_delete takes app"):
        hooks.check(hookspecs.pre_delete)  # type: ignore[call-arg]


def test_a_hook_is_called_in_its_own_shape_only(plug: Plug) -> None:
    with pytest.raises(TypeError, match="post_create is a tell hook and was called as check"):
        hooks.check(hookspecs.post_create, SHOP)


# tell


def test_everyone_is_told_whoever_fails(plug: Plug, capsys: pytest.CaptureFixture[str]) -> None:
    told = []
    plug("a", "post_create", raising(SystemExit(1)))
    plug("b", "post_create", raising(PaasError("chat is down", hint="try later")))
    plug("c", "post_create", raising(ValueError("x")))
    plug("d", "post_create", lambda app: told.append(app.name))

    assert hooks.tell(hookspecs.post_create, SHOP) == ["a", "b", "c"]

    assert told == ["shop"]
    err = capsys.readouterr().err
    assert "a failed in post_create: The plugin a failed: SystemExit: 1" in err
    assert " !     b failed in post_create: chat is down\n !     try later" in err
    assert "c failed in post_create: The plugin c failed: ValueError: x" in err


# gather


def test_mappings_are_merged(plug: Plug) -> None:
    plug("a", "app_environment", lambda: {"A": "1"})
    plug("b", "app_environment", lambda: None)
    plug("c", "app_environment", lambda revision: {"REVISION": revision})

    assert hooks.gather(hookspecs.app_environment, SHOP, "abc") == {"A": "1", "REVISION": "abc"}


def test_one_key_from_two_plugins_names_both(plug: Plug) -> None:
    plug("postgres", "app_environment", lambda: {"DATABASE_URL": "x"})
    plug("config", "app_environment", lambda: {"DATABASE_URL": "x"})

    with pytest.raises(PaasError, match="config and postgres both give DATABASE_URL in app_environment"):
        hooks.gather(hookspecs.app_environment, SHOP, "")


def test_sequences_are_joined_in_the_order_of_plugins(plug: Plug) -> None:
    plug("a", "app_domains", lambda: ["a.example", "b.example"])
    plug("b", "app_domains", lambda: None)
    plug("c", "app_domains", lambda: ("b.example",))

    assert hooks.gather(hookspecs.app_domains, SHOP) == ["a.example", "b.example", "b.example"]


def test_with_nobody_to_answer_there_is_an_empty_answer(plug: Plug) -> None:
    assert hooks.gather(hookspecs.app_domains, SHOP) == []
    assert hooks.gather(hookspecs.app_environment, SHOP, "") == {}
    assert hooks.ask(hookspecs.chosen_holder, SHOP, "builder") is None


@pytest.mark.parametrize(
    ("hook", "given"),
    [("app_domains", "shop.example"), ("app_domains", {"a": 1}), ("app_domains", 5), ("app_environment", [("A", "1")])],
)
def test_an_answer_of_the_wrong_kind_names_its_plugin(plug: Plug, hook: str, given: object) -> None:
    plug("faulty", hook, lambda: given)
    arguments = (SHOP,) if hook == "app_domains" else (SHOP, "")

    with pytest.raises(PaasError, match=f"faulty gave {type(given).__name__} in {hook}, which wants a"):
        hooks.gather(getattr(hookspecs, hook), *arguments)


def test_a_hook_may_say_its_mapping_in_any_of_pythons_ways(inventory: Inventory) -> None:
    def as_text(app: App) -> Mapping[str, str]:
        return {}

    def as_type(app: App) -> Any: ...

    as_type.__annotations__["return"] = Mapping[str, str]
    for spec in (as_text, as_type):
        assert hooks.gather(_declared(inventory, spec), SHOP) == {}


def _declared(inventory: Inventory, spec: Callable[..., Any]) -> Any:
    import types

    spec = hooks.hookspec.gather(spec)
    module = types.ModuleType("specs")
    setattr(module, spec.__name__, spec)
    hooks.plugins().manager.add_hookspecs(module)
    return spec


def test_a_plugin_that_fails_fails_the_gathering(plug: Plug) -> None:
    plug("a", "app_domains", raising(OSError("disk")))

    with pytest.raises(PaasError, match="The plugin a failed: OSError: disk"):
        hooks.gather(hookspecs.app_domains, SHOP)


# filter


def test_a_value_goes_through_every_plugin_in_order(plug: Plug) -> None:
    other = Source(Path("/other"), "b", "git-push")
    plug("a", "post_extract", lambda source: other if source is SOURCE else None)
    plug("b", "post_extract", lambda source: Source(source.folder / "sub", source.revision, source.kind))

    assert hooks.refine(hookspecs.post_extract, SOURCE, SHOP) == Source(Path("/other/sub"), "b", "git-push")


def test_a_filter_that_gives_nothing_back_is_named(plug: Plug) -> None:
    plug("faulty", "post_extract", lambda source: None)

    with pytest.raises(PaasError, match="faulty gave nothing back in post_extract"):
        hooks.refine(hookspecs.post_extract, SOURCE, SHOP)


# answer


def test_the_first_answer_counts(plug: Plug) -> None:
    plug("a", "chosen_holder", lambda: None)
    plug("b", "chosen_holder", lambda role: f"b-{role}")
    plug("c", "chosen_holder", raising(AssertionError()))

    assert hooks.ask(hookspecs.chosen_holder, SHOP, "builder") == "b-builder"


def test_an_answer_that_breaks_names_its_plugin(plug: Plug, inventory: Inventory) -> None:
    scope: dict[str, Any] = {"__name__": "paas_faulty.made_up"}
    exec("def chosen_holder():\n    raise SystemExit('oh')", scope)
    inventory.plugin("faulty", hookimpl(scope["chosen_holder"]))

    with pytest.raises(PluginFailed, match="The plugin faulty failed: SystemExit: oh"):
        hooks.ask(hookspecs.chosen_holder, SHOP, "builder")


# role


@pytest.fixture
def builders(inventory: Inventory) -> list[str]:
    """Two builders, and a third party that wraps whichever builds."""
    seen: list[str] = []

    def builder(name: str) -> Callable[..., Image]:
        def build(source: Source) -> Image:
            seen.append(name)
            return Image(f"sha256:{name}", name)

        return hookimpl(build)

    @hookimpl(wrapper=True)
    def build(app: App) -> Any:
        seen.append(f"before {app.name}")
        image = yield
        seen.append(f"after {image.builder}")
        return image

    inventory.plugin("dockerfile", builder("dockerfile"))
    inventory.plugin("pack", builder("pack"))
    inventory.plugin("timer", build)
    return seen


def test_only_the_chosen_holder_acts_and_wrappers_of_third_parties_still_run(builders: list[str], plug: Plug) -> None:
    plug("choice", "chosen_holder", lambda: "pack")

    assert hooks.act(hookspecs.build, SHOP, SOURCE).builder == "pack"
    assert builders == ["before shop", "pack", "after pack"]

    builders.clear()
    assert hooks.act_as("dockerfile", hookspecs.build, SHOP, SOURCE).builder == "dockerfile"
    assert builders == ["before shop", "dockerfile", "after dockerfile"]


def test_several_holders_and_no_choice_is_an_error_that_says_how_to_choose(builders: list[str]) -> None:
    with pytest.raises(PaasError, match="Several plugins could be the builder of shop: dockerfile, pack") as error:
        hooks.act(hookspecs.build, SHOP, SOURCE)

    assert error.value.hint == "Choose one with builder:set shop selected dockerfile"
    assert builders == []


def test_no_holder_is_an_error_that_says_what_to_install(inventory: Inventory) -> None:
    with pytest.raises(PaasError, match="No plugin is installed that is the scheduler for shop") as error:
        hooks.act(hookspecs.deploy, SHOP, None, [])  # type: ignore[arg-type]

    assert "plugin:install scheduler-" in str(error.value.hint)


def test_a_choice_that_is_not_installed_says_so_and_what_is(builders: list[str], plug: Plug) -> None:
    plug("choice", "chosen_holder", lambda: "nixpacks")

    with pytest.raises(PaasError, match="No plugin is installed that is the builder nixpacks of shop") as error:
        hooks.act(hookspecs.build, SHOP, SOURCE)

    assert "plugin:install nixpacks" in str(error.value.hint)
    assert "choose one of dockerfile, pack" in str(error.value.hint)


def test_a_holder_without_an_answer_is_named(plug: Plug) -> None:
    plug("faulty", "build", lambda: None)

    with pytest.raises(PaasError, match="The builder faulty gave no answer to build"):
        hooks.act(hookspecs.build, SHOP, SOURCE)


def test_a_holder_of_a_hook_without_a_result_need_not_give_one(plug: Plug) -> None:
    told = []
    plug("gate", "proxy_configure", lambda app: told.append(app.name))

    hooks.act(hookspecs.proxy_configure, SHOP, None, [])

    assert told == ["shop"]


def test_a_holder_that_lacks_a_later_hook_of_its_role_is_named(plug: Plug) -> None:
    plug("half", "build", lambda: Image("sha256:1", "half"))

    with pytest.raises(PaasError, match="The builder half can't discard image"):
        hooks.act(hookspecs.discard_image, SHOP, Image("sha256:1", "half"))


def test_a_wrapper_alone_holds_no_role(inventory: Inventory) -> None:
    @hookimpl(wrapper=True)
    def build() -> Any:
        return (yield)

    inventory.plugin("timer", build)

    assert hooks.plugins().holders("builder") == []
    assert not hooks.plugins().implementing(hookspecs.build)


def test_a_hook_that_nobody_declared_cant_be_called(inventory: Inventory) -> None:
    @hooks.hookspec.tell
    def unheard_of() -> None: ...

    with pytest.raises(LookupError, match=r"test_hooks\.unheard_of isn't a declared hook"):
        hooks.tell(unheard_of)


def test_plugins_are_looked_for_once_a_command(inventory: Inventory) -> None:
    assert hooks.plugins() is hooks.plugins()
