"""A deploy as hooks see it: its order, and what is left of one that fails."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from paas import App, Image, PaasError, Release, apps, hookimpl, lifecycle, locks, releases
from paas.context import Context
from paas.locks import Locked
from paas.testing import Harness, Inventory

from .conftest import World, push, refusing


def test_a_push_is_built_released_started_and_served_in_this_order(world: World, shop: App) -> None:
    release = push(shop)

    assert world.events == ["build a", "deploy web.1 of 1", "serve c1"]
    assert releases.live(shop) == releases.all(shop)[0]
    assert releases.all(shop)[0].id == release.id
    assert [p.container for p in releases.processes(shop)] == ["c1"]


def test_the_new_processes_are_served_before_the_old_ones_go(
    world: World, shop: App, paas: Harness, inside: Context
) -> None:
    push(shop)
    world.events.clear()

    push(shop, "b")

    assert world.events == ["build b", "deploy web.1 of 2", "serve c2", "retire c1 after 60"]
    assert world.settled == world.events, "the push returned before nothing was sent to c1 any more"
    assert paas.detached == [[inside.paths.executable, "tick", "--after", "60"]]


def test_old_processes_that_go_at_once_are_served_no_more_before(world: World, shop: App, inventory: Inventory) -> None:
    seen: list[str] = []

    @hookimpl
    def wait_to_retire() -> float:
        return 0

    @hookimpl
    def proxy_settle() -> None:
        seen.append(world.events[-1])

    inventory.plugin("hasty", wait_to_retire, proxy_settle)
    push(shop)
    seen.clear()

    push(shop, "b")

    assert seen == ["serve c2", "retire c1 after 0"]


@pytest.mark.parametrize(
    ("failure", "cleaned"),
    [
        ("build b", []),
        ("deploy web.1 of 2", ["discard sha256:b"]),
        ("serve c2", ["retire c2 after 0", "discard sha256:b"]),
    ],
)
def test_a_deploy_that_fails_leaves_the_old_release_serving_and_nothing_over(
    world: World, shop: App, failure: str, cleaned: list[str]
) -> None:
    push(shop)
    world.events.clear()
    world.fail = failure

    with pytest.raises(PaasError, match=f"no {failure}"):
        push(shop, "b")

    assert world.events[world.events.index(failure) + 1 :] == cleaned
    assert list(world.running) == ["c1"] == world.serves == [p.container for p in releases.processes(shop)]
    live = releases.live(shop)
    assert live is not None
    assert live.number == 1
    assert [r.status for r in releases.all(shop)] in (["live"], ["failed", "live"])


def test_the_lock_is_free_after_a_deploy_that_failed(world: World, shop: App) -> None:
    world.fail = "build"
    with pytest.raises(PaasError):
        push(shop)

    world.fail = ""
    assert push(shop).number == 1


def test_a_failed_rebuild_of_what_is_live_keeps_its_image(world: World, shop: App) -> None:
    push(shop)
    world.events.clear()
    world.fail = "deploy"

    with pytest.raises(PaasError):
        push(shop)

    assert "discard sha256:a" not in world.events


def test_old_processes_that_cant_be_retired_dont_fail_a_deploy_that_is_live(
    world: World, shop: App, capsys: pytest.CaptureFixture[str]
) -> None:
    push(shop)
    world.fail = "retire c1"

    assert push(shop, "b").number == 2
    assert "Old processes of shop could not be retired: no retire c1" in capsys.readouterr().err


@pytest.mark.parametrize("hook", ["post_extract", "pre_receive", "pre_build", "post_build", "pre_release"])
def test_every_check_before_the_start_can_refuse(world: World, shop: App, inventory: Inventory, hook: str) -> None:
    inventory.plugin("picky", refusing(hook))

    with pytest.raises(PaasError, match=f"{hook} says no"):
        push(shop)

    assert not world.running
    assert not releases.all(shop)
    assert world.events in ([], ["build a", "discard sha256:a"])


@pytest.mark.parametrize("hook", ["release", "pre_deploy"])
def test_a_check_of_the_release_fails_it(world: World, shop: App, inventory: Inventory, hook: str) -> None:
    inventory.plugin("picky", refusing(hook))

    with pytest.raises(PaasError, match=f"{hook} says no"):
        push(shop)

    assert [r.status for r in releases.all(shop)] == ["failed"]
    assert world.events == ["build a", "discard sha256:a"]


def test_a_check_after_the_switch_sends_requests_back_to_the_old_release(
    world: World, shop: App, inventory: Inventory
) -> None:
    @hookimpl
    def pre_promote(release: Release) -> None:
        if release.number == 2:
            raise PaasError("pre_promote says no")

    inventory.plugin("picky", pre_promote)
    push(shop)

    with pytest.raises(PaasError, match="pre_promote says no"):
        push(shop, "b")

    assert world.events[-4:] == ["serve c2", "serve c1", "retire c2 after 0", "discard sha256:b"]
    assert [r.status for r in releases.all(shop)] == ["failed", "live"]
    assert [p.container for p in releases.processes(shop)] == ["c1"] == list(world.running)


def test_a_release_holds_what_every_plugin_says_at_that_moment(world: World, shop: App, inventory: Inventory) -> None:
    environment = {"COLOUR": "red"}

    @hookimpl
    def process_types() -> dict[str, str]:
        return {"web": "serve", "worker": "work", "idle": "rest"}

    @hookimpl
    def formation(processes: Sequence[str]) -> dict[str, int]:
        assert processes == ["idle", "web", "worker"]
        return {"worker": 2}

    @hookimpl
    def app_environment() -> dict[str, str]:
        return environment

    inventory.plugin("facts", process_types, formation, app_environment)

    release = push(shop)

    assert release.processes == {"web": "serve", "worker": "work", "idle": "rest"}
    assert release.formation == {"web": 1, "worker": 2, "idle": 0}
    assert world.events[1] == "deploy web.1 worker.1 worker.2 of 1"
    environment["COLOUR"] = "blue"
    assert releases.all(shop)[0].config == {"COLOUR": "red"}


def test_a_release_can_be_left_to_the_next_restart(world: World, shop: App, inventory: Inventory) -> None:
    waits = True

    @hookimpl
    def skip_deploy() -> bool | None:
        return waits or None

    inventory.plugin("patience", skip_deploy)
    push(shop)
    assert world.events == ["build a"]
    assert [r.status for r in releases.all(shop)] == ["live"]
    assert releases.processes(shop) == []

    lifecycle.resume(shop, "ps:restart")
    push(shop, "b")
    assert [p.container for p in releases.processes(shop)] == ["c1"], "what runs goes on"
    lifecycle.redeploy(shop, "ps:restart")
    assert world.serves == ["c2"]
    live = releases.live(shop)
    assert live
    assert live.image.id == "sha256:b"


def test_a_second_push_is_refused_while_the_first_is_going_on(world: World, shop: App) -> None:
    with locks.deploying(shop.id, shop.name, "git push"), pytest.raises(Locked, match="deploy lock"):
        push(shop)

    assert world.events == []


def test_a_broken_plugin_stops_a_deploy_before_anything_is_built(
    world: World, shop: App, inventory: Inventory, paas: Harness
) -> None:
    inventory.add("paas.plugins", "backups", ImportError("no module named tar"))

    with paas.inside():  # which looks for plugins anew
        with pytest.raises(PaasError, match="backups: ImportError: no module named tar") as error:
            push(shop)
        with pytest.raises(PaasError, match="backups"):
            lifecycle.clone(shop, "copy")

    assert "plugin:disable" in str(error.value.hint)
    assert world.events == []
    assert not apps.find("copy")


def test_nothing_to_build_names_what_could_have_built_it(inside: Context, inventory: Inventory, shop: App) -> None:
    @hookimpl
    def build() -> Image:
        raise AssertionError

    inventory.plugin("brick", build)

    with pytest.raises(PaasError, match="says how to build it") as error:
        push(shop)
    assert "Installed: brick" in str(error.value.hint)


def test_the_log_of_a_deploy_is_kept(world: World, shop: App, inside: Context) -> None:
    push(shop)

    (log,) = (inside.paths.app("shop") / "builds").iterdir()
    assert "-----> Releasing shop..." in log.read_text()
