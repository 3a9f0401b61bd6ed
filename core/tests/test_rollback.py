"""A rollback: an older image with what plugins have kept of its release, all of it or nothing."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from paas import App, PaasError, Release, Source, apps, deployment, hookimpl, lifecycle, releases, state
from paas.context import Context
from paas.testing import Harness, Inventory

from .conftest import World

NOUN = "shelf"


@pytest.fixture(autouse=True)
def shelf(world: World, inventory: Inventory) -> None:
    """A plugin that keeps a colour with each release and gives it to processes; black can't be had any more."""

    @hookimpl
    def app_environment(app: App) -> Mapping[str, str]:
        return {"COLOUR": colour(app)}

    @hookimpl
    def release_parts(app: App) -> Mapping[str, Any]:
        return {"colour": colour(app)}

    @hookimpl
    def restore_parts(app: App, parts: Mapping[str, Any]) -> None:
        if parts["colour"] == "black":
            raise PaasError("black is gone.")
        paint(app, parts["colour"])

    @hookimpl
    def post_restore_parts(parts: Mapping[str, Any], before: Mapping[str, Any]) -> None:
        world.note(f"restored {before['colour']} to {parts['colour']}")

    inventory.plugin(NOUN, app_environment, release_parts, restore_parts, post_restore_parts)


def colour(app: App) -> str:
    return str(state.property(NOUN, app.owner, "colour", "white"))


def paint(app: App, value: str) -> None:
    state.change(NOUN, app.owner, {"colour": value})


def push(app: App, revision: str, painted: str) -> Release:
    paint(app, painted)
    return lifecycle.receive(app, Source(Path("/nowhere"), revision, "git-push"), "git push")


@pytest.fixture
def two(shop: App) -> list[Release]:
    """The releases of an app that was red and is blue, the older one first."""
    push(shop, "a", "red")
    push(shop, "b", "blue")
    return releases.all(shop)[::-1]


def back(app: App, target: Release, parts: set[str]) -> Release:
    return lifecycle.rollback(app, target, parts, f"back to {target.number}")


def test_an_older_image_and_what_was_kept_of_its_release_come_back_as_a_new_release(
    world: World, shop: App, two: list[Release]
) -> None:
    world.events.clear()

    release = back(shop, two[0], {"colour"})

    assert (release.number, release.image, release.revision, release.reason) == (3, two[0].image, "a", "back to 1")
    assert release.config == {"COLOUR": "red"}
    assert release.parts == {"colour": "red"}
    assert colour(shop) == "red"
    assert world.events == ["deploy web.1 of 3", "serve c3", "retire c2 after 60", "restored blue to red"]
    assert [r.status for r in releases.all(shop)] == ["live", "superseded", "superseded"]


def test_what_nobody_asks_for_stays_as_it_is_now(shop: App, two: list[Release]) -> None:
    release = back(shop, two[0], set())

    assert release.image == two[0].image
    assert release.config == {"COLOUR": "blue"}
    assert colour(shop) == "blue"


@pytest.mark.parametrize("failure", ["deploy", "serve"])
def test_a_rollback_that_fails_leaves_everything_as_it_was(
    world: World, shop: App, two: list[Release], failure: str
) -> None:
    world.fail = failure

    with pytest.raises(PaasError, match=f"no {failure}"):
        back(shop, two[0], {"colour"})

    assert colour(shop) == "blue"
    assert list(world.running) == ["c2"]
    assert [r.status for r in releases.all(shop)] == ["failed", "live", "superseded"]


def test_what_cannot_be_had_any_more_refuses_before_anything_starts(world: World, shop: App) -> None:
    push(shop, "a", "black")
    push(shop, "b", "blue")
    world.events.clear()

    with pytest.raises(PaasError, match="black is gone"):
        back(shop, releases.all(shop)[-1], {"colour"})

    assert world.events == []
    assert colour(shop) == "blue"
    assert len(releases.all(shop)) == 2


def test_what_cannot_be_had_at_the_last_moment_takes_all_of_it_back(
    world: World, shop: App, two: list[Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    perform, times = deployment.Restoration.perform, iter((1, 2))

    def late(self: deployment.Restoration, app: App) -> None:
        perform(self, app)
        if next(times) == 2:
            raise PaasError("too late")

    monkeypatch.setattr(deployment.Restoration, "perform", late)
    world.events.clear()

    with pytest.raises(PaasError, match="too late"):
        back(shop, two[0], {"colour"})

    assert world.events == ["deploy web.1 of 3", "serve c3", "serve c2", "retire c3 after 0"]
    assert colour(shop) == "blue"


@pytest.mark.parametrize(
    ("at", "expected"),
    [("deploy", "blue"), ("serve c3", "blue"), ("retire c2", "red"), ("restored", "red")],
)
def test_a_rollback_that_is_killed_has_brought_back_all_or_nothing(
    world: World, shop: App, two: list[Release], paas: Harness, at: str, expected: str
) -> None:
    child = os.fork()
    if not child:
        world.kill = at
        with paas.inside():
            back(shop, two[0], {"colour"})
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL

    lifecycle.recover()

    live = releases.live(shop)
    assert live is not None
    assert colour(shop) == expected == live.config["COLOUR"]
    assert live.image.id == ("sha256:a" if expected == "red" else "sha256:b")


def test_a_part_that_an_older_release_has_not_is_left_alone(shop: App, two: list[Release]) -> None:
    assert deployment.restoration(shop, two[0], {"colour", "shape"}).parts == {"colour": "red"}


def test_an_image_stays_while_something_runs_it_or_a_plugin_needs_it(
    shop: App, two: list[Release], inventory: Inventory, paas: Harness
) -> None:
    assert deployment.needed_images(shop) == {"sha256:b"}

    @hookimpl
    def needed_images(app: App) -> list[str]:
        return [f"sha256:of-{app.name}"]

    inventory.plugin("keeper", needed_images)
    with paas.inside():
        assert deployment.needed_images(shop) == {"sha256:b", "sha256:of-shop"}


def test_an_image_that_is_about_to_run_stays_unless_its_deploy_was_killed(shop: App, two: list[Release]) -> None:
    other = apps.add("other")
    releases.add(other, two[0])

    assert "sha256:a" in deployment.needed_images(shop)
    assert "sha256:a" not in deployment.needed_images(other)


def test_the_oldest_records_go_but_never_what_runs(world: World, shop: App, inside: Context) -> None:
    for n in range(4):
        push(shop, str(n), "white")

    releases.forget(shop, 2)
    assert [r.number for r in releases.all(shop)] == [4, 3]

    releases.set_processes(shop, releases.processes(shop))
    releases.forget(shop, 0)
    assert [r.number for r in releases.all(shop)] == [4]


def test_a_change_that_is_only_supposed_leaves_no_trace(shop: App) -> None:
    with state.CORE.supposing():
        paint(shop, "green")
        assert colour(shop) == "green"

    assert colour(shop) == "white"
