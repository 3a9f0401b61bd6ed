from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from paas import (
    App,
    Image,
    PaasError,
    Process,
    Release,
    Slot,
    Source,
    apps,
    hookimpl,
    hooks,
    hookspecs,
    releases,
    state,
)
from paas.testing import Harness, Inventory


@pytest.fixture(autouse=True)
def only_apps(inventory: Inventory) -> None:
    inventory.real = {"paas-apps"}


@pytest.fixture
def shop(paas: Harness) -> App:
    return paas.app("shop")


@pytest.fixture
def running(inventory: Inventory, paas: Harness, shop: App) -> set[str]:
    """`shop` is deployed; the names in the set, once it has any, are those of apps that can't be started."""
    failing: set[str] = set()

    @hookimpl
    def deploy(app: App, release: Release, slots: Sequence[Slot]) -> Sequence[Process]:
        if app.name in failing:
            raise PaasError("web.1 ended at once.", hint="See its log above.")
        return [Process(slot, release.id, f"{app.name}-{release.id}-{slot}") for slot in slots]

    @hookimpl
    def retire() -> None:
        pass

    @hookimpl
    def proxy_configure() -> None:
        pass

    @hookimpl
    def proxy_clear_config() -> None:
        pass

    inventory.plugin("still", deploy, retire, proxy_configure, proxy_clear_config)
    with paas.inside():
        release = releases.add(shop, Release(Image("sha256:1", "still"), processes={"web": ""}))
        releases.promote(shop, release, [Process(Slot("web", 1), release.id, "first")])
    return failing


def containers(paas: Harness, name: str) -> list[str]:
    with paas.inside():
        return [p.container for p in releases.processes(apps.load(name))]


# Create, list


def test_a_created_app_is_listed(paas: Harness) -> None:
    assert paas.ok("apps:create", "shop") == "-----> Creating shop...\n"
    paas.ok("apps:create", "blog")

    assert paas.ok("apps:list").splitlines() == paas.ok("apps").splitlines() == ["=====> My Apps", "blog", "shop"]
    assert json.loads(paas.ok("apps:list", "--format", "json")) == ["blog", "shop"]
    assert paas.ok("--quiet", "apps:list") == "blog\nshop\n"


def test_no_apps_are_a_remark_and_no_failure(paas: Harness) -> None:
    result = paas.run("apps:list")

    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == " !     You haven't deployed any applications yet\n"
    assert paas.ok("apps:list", "--format", "json") == "[]\n"


def test_a_key_lists_the_apps_that_it_may_see(paas: Harness, shop: App, inventory: Inventory) -> None:
    paas.app("blog")

    @hookimpl
    def visible_apps(apps: Sequence[App]) -> Sequence[App]:
        return [app for app in apps if app.name == "blog"]

    inventory.plugin("teams", visible_apps)

    assert paas.ok("apps:list", key="ann").splitlines() == ["=====> My Apps", "blog"]
    assert list(json.loads(paas.ok("apps:report", "--format", "json", key="ann"))) == ["blog"]
    assert paas.ok("apps:list").splitlines() == ["=====> My Apps", "blog", "shop"]


def test_a_taken_name_is_refused(paas: Harness, shop: App) -> None:
    result = paas.run("apps:create", "shop")

    assert result.exit_code == 1
    assert result.stderr.splitlines()[0] == " !     Name is already taken: shop"


BAD_NAMES = st.one_of(
    st.text(min_size=1).filter(lambda name: not set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-")),
    st.from_regex(r"[.-][a-z.-]*|[a-z]+\.\.[a-z]*|[a-z]*[.-]", fullmatch=True),
    st.text("ab.-/\\", min_size=64),
)


@given(name=BAD_NAMES)
@example("../shop")
@example("..")
@example("/etc")
@example("a/b")
@example("Shop")
@example("a\0b")
@example("a\nb")
@example(" shop")
@example("--help-me")
@example("\udcff")
@example("a" * 64)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_bad_name_is_one_clear_error_and_leaves_no_trace(paas: Harness, name: str) -> None:
    result = paas.run("apps:create", "--", name)

    assert result.exit_code == 1
    assert " is not a name for an app.\n !     Use at most 63 lowercase letters" in result.stderr
    assert len(result.stderr.splitlines()) == 2
    assert not paas.paths.apps.exists()
    with paas.inside():
        assert apps.all() == []


@pytest.mark.parametrize("verb", ["exists", "destroy", "report", "lock", "unlock", "locked"])
def test_an_app_that_does_not_exist_has_an_exit_code_of_its_own(paas: Harness, verb: str) -> None:
    result = paas.run(f"apps:{verb}", "none")

    assert result.exit_code == 20
    assert result.stderr.splitlines() == [
        " !     App none does not exist.",
        " !     Create it with apps:create none",
    ]


def test_no_verb_of_one_app_is_for_all(paas: Harness) -> None:
    for verb in ("create", "destroy", "exists", "lock"):
        assert paas.run(f"apps:{verb}", "--global").exit_code == 2


# Destroy


def test_destroying_asks_for_the_name(paas: Harness, shop: App) -> None:
    for typed in ("ship\n", "", "\n", "shop2\n"):
        result = paas.run("apps:destroy", "shop", input=typed)
        assert result.exit_code == 1
        assert "Confirmation did not match shop. Aborted." in result.stderr
    assert paas.run("apps:exists", "shop").exit_code == 0

    assert "-----> Destroying shop (including all add-ons)" in paas.ok("apps:destroy", "shop", input="shop\n")
    assert paas.run("apps:exists", "shop").exit_code == 20


@pytest.mark.parametrize("words", [["apps:destroy", "--force", "shop"], ["--force", "apps:destroy", "shop"]])
def test_forcing_asks_nothing(paas: Harness, shop: App, words: list[str]) -> None:
    assert "type shop" not in paas.run(*words).stderr
    assert paas.run("apps:exists", "shop").exit_code == 20


def test_everything_of_a_destroyed_app_is_gone_whatever_plugin_wrote_it(
    paas: Harness, shop: App, running: set[str]
) -> None:
    folder = paas.paths.app("shop") / "builds" / "deep"
    folder.mkdir(parents=True)
    (folder / "log").write_text("x")
    with paas.inside():
        state.change("git", shop.owner, {"branch": "main"})
        state.change("long-uninstalled", shop.owner, {"x": 1})
        state.change("git", state.GLOBAL, {"branch": "main"})
    paas.ok("apps:lock", "shop")

    paas.ok("apps:destroy", "--force", "shop")

    assert [path for path in paas.paths.root.rglob("*") if "shop" in path.name or path.name == "log"] == []
    with paas.inside(), state.CORE.reading() as db:
        for table in ("apps", "releases", "processes"):
            assert db.execute(f"SELECT * FROM {table}").fetchall() == []
        assert [row["owner"] for row in db.execute("SELECT owner FROM properties")] == [state.GLOBAL]


def test_a_destroyed_app_leaves_nothing_to_its_successor(paas: Harness, shop: App) -> None:
    paas.ok("apps:lock", "shop")
    paas.ok("apps:destroy", "--force", "shop")

    paas.app("shop")

    assert paas.run("apps:locked", "shop").exit_code == 1


def test_what_a_plugin_still_needs_is_not_destroyed(paas: Harness, shop: App, inventory: Inventory) -> None:
    @hookimpl
    def pre_delete(app: App) -> None:
        raise PaasError(f"{app.name} is the last replica.", hint="Add another.")

    inventory.plugin("cluster", pre_delete)

    result = paas.run("apps:destroy", "--force", "shop")

    assert result.exit_code == 1
    assert result.stderr == " !     shop is the last replica.\n !     Add another.\n"
    assert paas.run("apps:exists", "shop").exit_code == 0


# Rename, clone


def test_a_renamed_app_takes_everything_along(paas: Harness, shop: App, running: set[str]) -> None:
    (paas.paths.app("shop") / "note").write_text("x")
    paas.ok("apps:lock", "shop")

    out = paas.ok("apps:rename", "shop", "store")

    assert out.startswith("-----> Renaming shop to store\n")
    assert paas.run("apps:exists", "shop").exit_code == 20
    assert paas.run("apps:locked", "store").exit_code == 0
    assert (paas.paths.app("store") / "note").read_text() == "x"
    assert not paas.paths.app("shop").exists()
    assert containers(paas, "store") == [f"store-{release(paas, 'store').id}-web.1"]


def test_a_rename_without_a_deploy_leaves_the_processes(paas: Harness, shop: App, running: set[str]) -> None:
    paas.ok("apps:rename", "--skip-deploy", "shop", "store")

    assert containers(paas, "store") == ["first"]


@pytest.mark.parametrize("verb", ["rename", "clone"])
@pytest.mark.parametrize(
    ("old", "new", "code"), [("shop", "blog", 1), ("shop", "shop", 1), ("none", "x", 20), ("shop", "../x", 1)]
)
def test_a_name_that_cant_be_taken_changes_nothing(
    paas: Harness, shop: App, verb: str, old: str, new: str, code: int
) -> None:
    paas.app("blog")

    assert paas.run(f"apps:{verb}", old, new).exit_code == code
    assert json.loads(paas.ok("apps:list", "--format", "json")) == ["blog", "shop"]


def test_a_rename_whose_processes_dont_start_says_what_is_true(paas: Harness, shop: App, running: set[str]) -> None:
    running.add("store")

    result = paas.run("apps:rename", "shop", "store")

    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        " !     shop is store now, but its processes still run under the old name: web.1 ended at once.",
        " !     See its log above.",
        " !     Once that is mended: ps:restart store",
    ]
    assert containers(paas, "store") == ["first"]


def release(paas: Harness, name: str) -> Release:
    with paas.inside():
        live = releases.live(apps.load(name))
    assert live
    return live


def test_a_clone_is_deployed_and_has_the_settings_of_its_original(
    paas: Harness, shop: App, running: set[str], inventory: Inventory
) -> None:
    with paas.inside():
        source = Source(Path("/x"), "abc", "docker-image", "nginx:1")
        hooks.tell(hookspecs.deploy_source_set, shop, source)
    paas.ok("apps:lock", "shop")

    assert paas.ok("apps:clone", "shop", "copy").startswith("-----> Cloning shop to copy\n")

    assert release(paas, "copy").image == release(paas, "shop").image
    assert containers(paas, "copy") == [f"copy-{release(paas, 'copy').id}-web.1"]
    assert containers(paas, "shop") == ["first"]
    assert paas.ok("apps:report", "copy", "--app-deploy-source-metadata") == "nginx:1\n"
    assert paas.run("apps:locked", "copy").exit_code == 1


def test_a_clone_may_wait_for_its_first_deploy(paas: Harness, shop: App, running: set[str]) -> None:
    paas.ok("apps:clone", "--skip-deploy", "shop", "copy")

    assert containers(paas, "copy") == []


def test_a_clone_of_a_taken_name_can_be_no_error(paas: Harness, shop: App) -> None:
    paas.app("blog")

    result = paas.run("apps:clone", "--ignore-existing", "shop", "blog")

    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == " !     blog exists already; nothing was cloned.\n"


def test_a_clone_that_doesnt_start_says_what_is_true(paas: Harness, shop: App, running: set[str]) -> None:
    running.add("copy")

    result = paas.run("apps:clone", "shop", "copy")

    assert result.exit_code == 1
    assert "copy was created, but it could not be deployed: web.1 ended at once." in result.stderr
    assert "Once that is mended: ps:rebuild copy" in result.stderr
    assert paas.run("apps:exists", "copy").exit_code == 0


# Locks, reports, settings


def test_a_locked_app_says_who_locked_it(paas: Harness, shop: App) -> None:
    paas.ok("apps:lock", "shop", key="ann")

    assert "by ann" in paas.ok("apps:locked", "shop")
    assert "already locked" in paas.run("apps:lock", "shop").stderr


def test_a_locked_app_refuses_sources_until_it_is_unlocked(paas: Harness, shop: App) -> None:
    source = Source(Path("/x"), "abc", "git-push")
    paas.ok("apps:lock", "shop")

    with paas.inside(), pytest.raises(PaasError, match="shop is locked") as error:
        hooks.check(hookspecs.pre_receive, shop, source)
    assert error.value.hint == "Let deploys in again with apps:unlock shop"

    paas.ok("apps:unlock", "shop")
    assert paas.run("apps:locked", "shop").exit_code == 1
    assert paas.run("apps:unlock", "shop").exit_code == 1
    with paas.inside():
        hooks.check(hookspecs.pre_receive, shop, source)


def test_a_report_tells_where_the_source_came_from(paas: Harness, shop: App) -> None:
    with paas.inside():
        hooks.tell(hookspecs.deploy_source_set, shop, Source(Path("/x"), "abc", "git-push", "main"))

    report = json.loads(paas.ok("apps:report", "shop", "--format", "json"))

    assert report == {
        "created-at": str(int(shop.created_at)),
        "deploy-source": "git-push",
        "deploy-source-metadata": "abc",
        "dir": str(paas.paths.app("shop")),
        "locked": "false",
        "locked-since": "",
    }
    assert paas.ok("apps:report", "shop", "--app-locked") == "false\n"
    assert paas.ok("apps:report", "shop").splitlines()[0] == "=====> shop app information"


def test_a_push_creates_an_app_unless_that_is_switched_off(paas: Harness) -> None:
    with paas.inside():
        hooks.check(hookspecs.pre_autocreate, "shop")

    paas.ok("apps:set", "--global", "disable-autocreation", "true")
    assert paas.ok("apps:report", "--global").splitlines()[1].split() == [
        "App", "global", "disable", "autocreation:", "true",
    ]  # fmt: skip
    with paas.inside(), pytest.raises(PaasError, match="auto-creation disabled") as error:
        hooks.check(hookspecs.pre_autocreate, "shop")
    assert error.value.hint == "Create it first with apps:create shop"

    paas.ok("apps:set", "--global", "disable-autocreation")
    with paas.inside():
        hooks.check(hookspecs.pre_autocreate, "shop")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--global", "disable-autocreation", "yes"], 1),
        (["--global", "colour", "red"], 2),
        (["shop", "disable-autocreation", "true"], 2),
        (["none", "disable-autocreation", "true"], 20),
    ],
)
def test_a_setting_that_isnt_one_is_refused(paas: Harness, shop: App, words: list[str], code: int) -> None:
    assert paas.run("apps:set", *words).exit_code == code
