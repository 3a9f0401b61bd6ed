"""Deploys on made-up holders of the three roles: a record of what was asked of them, in order."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from paas import App, PaasError, Slot, apps, hookimpl, lifecycle, locks, releases
from paas.context import Context, use
from paas.errors import AppNotFound
from paas.testing import Harness, Inventory

from .conftest import World, push, refusing


@pytest.fixture
def config(inventory: Inventory) -> dict[str, str]:
    """The variables of every app, from a plugin."""
    variables: dict[str, str] = {}

    @hookimpl
    def app_environment() -> dict[str, str]:
        return dict(variables)

    inventory.plugin("variables", app_environment)
    return variables


def test_a_redeploy_takes_the_image_that_is_live_and_the_settings_of_now(world: World, shop: App) -> None:
    push(shop)
    world.events.clear()

    release = lifecycle.redeploy(shop, "config:set")

    assert world.events == ["deploy web.1 of 2", "serve c2", "retire c1 after 60"]
    assert release is not None
    assert (release.image.id, release.revision, release.reason) == ("sha256:a", "a", "config:set")


def test_an_app_that_was_never_deployed_is_not_redeployed(world: World, shop: App) -> None:
    assert lifecycle.redeploy(shop, "config:set") is None
    assert world.events == []


def test_scaling_starts_and_stops_the_difference_only(world: World, shop: App) -> None:
    push(shop)
    world.events.clear()

    lifecycle.scale(shop, {"web": 3})
    assert world.events == ["deploy web.2 web.3 of 1", "serve c1 c2 c3"]

    world.events.clear()
    lifecycle.scale(shop, {"web": 1})
    assert world.events == ["serve c1", "retire c2 c3 after 60"]
    assert len(releases.all(shop)) == 1


def test_a_scale_that_fails_changes_nothing(world: World, shop: App) -> None:
    push(shop)
    world.fail = "serve c1 c2"

    with pytest.raises(PaasError):
        lifecycle.scale(shop, {"web": 2})

    assert list(world.running) == ["c1"] == [p.container for p in releases.processes(shop)]


def test_restarting_one_type_leaves_the_others_alone(world: World, shop: App) -> None:
    push(shop)
    lifecycle.scale(shop, {"web": 1, "worker": 1})
    world.events.clear()

    lifecycle.restart_type(shop, "worker")

    assert world.events == ["deploy worker.1 of 1", "serve c1", "retire c2 after 60"]
    with pytest.raises(PaasError, match="runs no mail"):
        lifecycle.restart_type(shop, "mail")


def test_restarting_one_type_gives_it_the_config_of_now(world: World, shop: App, config: dict[str, str]) -> None:
    config["GREETING"] = "hello"
    push(shop)
    lifecycle.scale(shop, {"web": 1, "worker": 1})
    lifecycle.restart_type(shop, "worker")
    assert [r.number for r in releases.all(shop)] == [1]  # nothing has changed

    config["GREETING"] = "goodbye"
    lifecycle.restart_type(shop, "worker")

    new, old = releases.all(shop)
    assert (new.status, new.config, new.reason) == ("live", {"GREETING": "goodbye"}, "ps:restart worker")
    assert {str(p.slot): p.release_id for p in releases.processes(shop)} == {"web.1": old.id, "worker.1": new.id}


def test_a_restart_of_one_type_that_fails_leaves_the_live_release(
    world: World, shop: App, config: dict[str, str]
) -> None:
    push(shop)
    lifecycle.scale(shop, {"web": 1, "worker": 1})
    config["BROKEN"] = "yes"
    world.fail = "deploy worker.1 of 2"

    with pytest.raises(PaasError):
        lifecycle.restart_type(shop, "worker")

    assert [r.status for r in releases.all(shop)] == ["failed", "live"]
    assert sorted(p.container for p in releases.processes(shop)) == ["c1", "c2"]


def test_a_stopped_app_keeps_its_release_and_is_served_by_nobody(world: World, shop: App) -> None:
    push(shop)
    world.events.clear()

    lifecycle.stop(shop)

    assert world.events == ["serve ", "retire c1 after 0"]
    assert releases.live(shop)
    assert releases.processes(shop) == []


def test_a_stopped_app_starts_only_when_it_is_resumed(world: World, shop: App) -> None:
    push(shop)
    lifecycle.stop(shop)
    world.events.clear()

    assert lifecycle.redeploy(shop, "config:set") is None
    lifecycle.rename(shop, "store")
    assert world.events == []

    resumed = lifecycle.resume(apps.load("store"), "ps:start")
    assert world.events == ["deploy web.1 of 2", "serve c2"]
    assert resumed
    assert resumed.reason == "ps:start"


def test_scaling_up_from_none_releases_the_config_of_now(world: World, shop: App, inventory: Inventory) -> None:
    counted: list[object] = []

    @hookimpl
    def post_scale(formation: object) -> None:
        counted.append(formation)

    inventory.plugin("abacus", post_scale)
    push(shop)
    lifecycle.scale(shop, {"web": 0})
    world.events.clear()

    lifecycle.scale(shop, {"web": 2})

    assert world.events == ["deploy web.1 web.2 of 2", "serve c2 c3"]
    assert [r.formation for r in releases.all(shop)] == [{"web": 2}, {"web": 1}]
    assert counted == [{"web": 0}, {"web": 2}]


def test_processes_that_died_are_replaced_and_the_others_left_alone(world: World, shop: App) -> None:
    push(shop)
    lifecycle.scale(shop, {"web": 3})
    world.events.clear()

    lifecycle.revive(shop, lambda app: [Slot("web", 2)], "ps:restore")

    assert world.events == ["deploy web.2 of 1", "serve c1 c3 c4", "retire c2 after 60"]


def test_a_renamed_app_runs_under_its_new_name(world: World, shop: App, inside: Context) -> None:
    push(shop)
    (inside.paths.app("shop") / "note").write_text("moves along")
    world.events.clear()

    renamed = lifecycle.rename(shop, "store")

    assert world.events == ["deploy web.1 of 2", "serve c2", "retire c1 after 60"]
    assert renamed == apps.load("store")
    assert (inside.paths.app("store") / "note").read_text() == "moves along"
    assert not apps.find("shop")


@pytest.mark.parametrize("name", ["shop", "blog"])
def test_a_taken_name_changes_nothing(world: World, shop: App, name: str) -> None:
    lifecycle.create("blog")

    with pytest.raises(PaasError, match="already"):
        lifecycle.rename(shop, name)

    assert [app.name for app in apps.all()] == ["blog", "shop"]


def test_a_clone_starts_from_the_image_of_the_original(world: World, shop: App) -> None:
    push(shop)
    world.events.clear()

    copy = lifecycle.clone(shop, "blog")

    assert world.events == ["deploy web.1 of 1", "serve c2"]
    live = releases.live(copy)
    assert live is not None
    assert (live.image.id, live.reason) == ("sha256:a", "apps:clone")
    assert lifecycle.clone(shop, "later", deploy=False)
    assert world.events == ["deploy web.1 of 1", "serve c2"]


def test_a_destroyed_app_leaves_no_process_row_folder_or_lock(world: World, shop: App, inside: Context) -> None:
    push(shop)
    (inside.paths.app("shop") / "note").write_text("x")
    world.events.clear()

    lifecycle.destroy(shop)

    assert world.events == ["retire c1 after 0", "forget shop"]
    assert apps.all() == []
    assert list(inside.paths.apps.iterdir()) == []
    assert list(inside.paths.locks.iterdir()) == []


def test_whatever_starts_an_app_again_says_where_it_answers(
    world: World, shop: App, inside: Context, inventory: Inventory, capsys: pytest.CaptureFixture[str]
) -> None:
    @hookimpl
    def app_urls(app: App) -> Sequence[str]:
        return [f"http://{app.name}.test"]

    inventory.plugin("names", app_urls)
    push(shop)
    capsys.readouterr()

    lifecycle.redeploy(shop, "ps:restart")
    store = lifecycle.rename(shop, "store")
    lifecycle.clone(store, "copy")

    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert [line for line in lines if "http" in line] == ["http://shop.test", "http://store.test", "http://copy.test"]


def test_what_only_root_may_remove_goes_with_its_app(
    world: World, shop: App, inside: Context, paas: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = inside.paths.app("shop")
    (folder / "of-a-container").mkdir(parents=True)
    monkeypatch.setattr(shutil, "rmtree", lambda *_, **given: given["ignore_errors"])
    paas.programs["sudo"] = lambda argv, _: str((folder / "of-a-container").rmdir() or folder.rmdir() or "")

    lifecycle.destroy(shop)

    assert paas.ran == [["sudo", "-n", "paas-root-helper", "remove", str(folder)]]
    assert not folder.exists()
    assert apps.find("shop") is None


def test_an_app_that_a_plugin_needs_is_not_destroyed(world: World, shop: App, inventory: Inventory) -> None:
    inventory.plugin("picky", refusing("pre_delete"))
    push(shop)

    with pytest.raises(PaasError, match="pre_delete says no"):
        lifecycle.destroy(shop)

    assert world.running
    assert apps.load("shop")


def _while_waiting(context: Context, app: App, work: Callable[[], object], meanwhile: Callable[[], None]) -> list[Any]:
    """Do something while `work` waits for the app's lock; what `work` gave or raised."""
    came: list[Any] = []

    def waiter() -> None:
        with use(context):
            try:
                came.append(work())
            except PaasError as error:
                came.append(error)

    waiting = threading.Event()
    context.output.write = lambda text, **_: waiting.set() if "Waiting" in text else None  # type: ignore[method-assign]
    thread = threading.Thread(target=waiter)
    with locks.deploying(app.id, app.name, "test"):
        thread.start()
        assert waiting.wait(5)
        meanwhile()
    thread.join(5)
    return came


def test_what_waited_for_an_app_that_is_gone_meanwhile_says_so(
    world: World, shop: App, inside: Context, paas: Harness
) -> None:
    push(shop)

    def gone() -> None:
        apps.remove(shop)
        locks.forget(shop.id)

    came = _while_waiting(paas.context(), shop, lambda: lifecycle.redeploy(shop, "config:set"), gone)

    assert [type(c) for c in came] == [AppNotFound]


def test_what_waited_works_on_the_app_under_its_new_name(
    world: World, shop: App, inventory: Inventory, paas: Harness
) -> None:
    names = []

    @hookimpl
    def pre_deploy(app: App) -> None:
        names.append(app.name)

    inventory.plugin("names", pre_deploy)
    push(shop)

    def renamed() -> None:
        apps.rename(shop, "store")

    _while_waiting(paas.context(), shop, lambda: lifecycle.redeploy(shop, "config:set"), renamed)

    assert names == ["shop", "store"]
