"""Commands that are killed: what they leave half done, the next tick or the next command finishes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from paas import App, PaasError, apps, hookimpl, intents, lifecycle, locks, releases
from paas.context import Context
from paas.testing import Harness, Inventory

from .conftest import World, push

Kill = Callable[[str, Callable[[], object]], None]


@pytest.fixture
def killed(world: World, paas: Harness) -> Kill:
    """Run something in a process of its own that is killed when the made-up plugins are asked for `at`."""

    def kill(at: str, command: Callable[[], object]) -> None:
        child = os.fork()
        if not child:
            try:
                world.kill = at
                with paas.inside():
                    command()
            finally:
                os._exit(0)  # whatever happens, as there is a test run that has forked
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        world.events.clear()

    return kill


def test_a_deploy_killed_once_the_proxy_has_followed_is_taken_back(world: World, shop: App, killed: Kill) -> None:
    push(shop)

    killed("serve c2", lambda: push(shop, "b"))
    lifecycle.recover()

    assert world.events == ["serve c1"]
    assert [r.status for r in releases.all(shop)] == ["failed", "live"]
    assert intents.left() == []


def test_a_recovery_that_is_killed_itself_is_finished_by_the_next(world: World, shop: App, killed: Kill) -> None:
    push(shop)
    killed("serve c2", lambda: push(shop, "b"))

    for _ in range(2):
        killed("serve c1", lifecycle.recover)
    assert {intent.what for intent in intents.left()} >= {intents.ROUTE}
    lifecycle.recover()

    assert world.events == ["serve c1"]
    assert [r.status for r in releases.all(shop)] == ["failed", "live"]
    assert intents.left() == []


@pytest.mark.parametrize("at", ["build b", "deploy web.1 of 2"])
def test_a_deploy_killed_before_that_touches_nothing_that_serves(
    world: World,
    shop: App,
    killed: Kill,
    at: str,
) -> None:
    push(shop)

    killed(at, lambda: push(shop, "b"))
    lifecycle.recover()

    assert world.events == []
    assert {r.status for r in releases.all(shop)} <= {"live", "failed"}
    assert [p.container for p in releases.processes(shop)] == ["c1"]


def test_a_deploy_killed_after_its_promotion_is_live(world: World, shop: App, killed: Kill) -> None:
    push(shop)

    killed("retire c1", lambda: push(shop, "b"))
    lifecycle.recover()

    assert world.events == []
    assert [r.status for r in releases.all(shop)] == ["live", "superseded"]


def test_a_first_deploy_that_is_killed_leaves_an_app_that_nothing_serves(world: World, shop: App, killed: Kill) -> None:
    killed("serve c1", lambda: push(shop))
    lifecycle.recover()

    assert world.events == ["serve "]
    assert releases.live(shop) is None


def test_the_next_push_needs_no_tick(world: World, shop: App, killed: Kill) -> None:
    push(shop)
    killed("serve c2", lambda: push(shop, "b"))

    push(shop, "c")

    assert world.events == ["serve c1", "build c", "deploy web.1 of 3", "serve c2", "retire c1 after 60"]


def test_a_stop_that_is_killed_serves_what_runs(world: World, shop: App, killed: Kill) -> None:
    push(shop)

    killed("serve ", lambda: lifecycle.stop(shop))
    lifecycle.recover()

    assert world.events == ["serve c1"]
    assert [p.container for p in releases.processes(shop)] == ["c1"]


@pytest.mark.parametrize("at", ["retire c1", "forget shop"])
def test_a_destroy_that_has_begun_ends(world: World, shop: App, inside: Context, killed: Kill, at: str) -> None:
    push(shop)

    killed(at, lambda: lifecycle.destroy(shop))
    lifecycle.recover()

    assert world.events == ["retire c1 after 0", "forget shop"]
    assert apps.all() == []
    assert list(inside.paths.apps.iterdir()) == []
    assert list(inside.paths.locks.iterdir()) == []


def test_a_rename_that_has_begun_ends(
    world: World,
    shop: App,
    inside: Context,
    inventory: Inventory,
    killed: Kill,
) -> None:
    @hookimpl
    def post_app_rename_setup(app: App, old_name: str) -> None:
        world.note(f"{old_name} is {app.name}")

    inventory.plugin("signs", post_app_rename_setup)
    (inside.paths.app("shop") / "note").write_text("moves along")

    killed("shop is store", lambda: lifecycle.rename(shop, "store"))
    lifecycle.recover()

    assert world.events == ["shop is store"]
    assert (inside.paths.app("store") / "note").read_text() == "moves along"


def test_half_a_clone_goes_again(world: World, shop: App, inventory: Inventory, killed: Kill) -> None:
    @hookimpl
    def post_app_clone_setup(copy: App) -> None:
        world.note(f"fill {copy.name}")

    inventory.plugin("painter", post_app_clone_setup)

    killed("fill copy", lambda: lifecycle.clone(shop, "copy"))
    assert apps.find("copy")
    lifecycle.recover()

    assert [app.name for app in apps.all()] == ["shop"]


def test_a_change_of_the_proxys_settings_that_is_killed_is_followed(world: World, shop: App, killed: Kill) -> None:
    push(shop)

    killed("change", lambda: lifecycle.reroute(shop, "domains", "domains:add", lambda: world.note("change")))
    lifecycle.recover()

    assert world.events == ["serve c1"]


def test_an_app_that_someone_is_working_on_is_left_alone(world: World, shop: App, killed: Kill) -> None:
    push(shop)
    killed("serve c2", lambda: push(shop, "b"))

    with locks.deploying(shop.id, shop.name, "git push"):
        lifecycle.recover()

    assert world.events == []
    assert intents.left(shop.id)


def test_what_cant_be_finished_now_is_tried_again(
    world: World,
    shop: App,
    killed: Kill,
    capsys: pytest.CaptureFixture[str],
) -> None:
    push(shop)
    killed("serve c2", lambda: push(shop, "b"))

    world.fail = "serve"
    lifecycle.recover()
    assert "could not be finished: no serve c1" in capsys.readouterr().err
    world.fail = ""
    lifecycle.recover()

    assert world.events == ["serve c1", "serve c1"]
    assert intents.left() == []


def test_requests_go_back_to_the_old_processes_when_the_store_cant_take_the_new_ones(
    world: World,
    shop: App,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    push(shop)
    world.events.clear()

    def full(*_: object) -> None:
        raise PaasError("the disk is full")

    monkeypatch.setattr(releases, "promote", full)
    with pytest.raises(PaasError, match="the disk is full"):
        push(shop, "b")

    assert world.events[-4:] == ["serve c2", "serve c1", "retire c2 after 0", "discard sha256:b"]
    assert intents.left() == []
