from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from paas import App, Image, PaasError, Release, hookimpl, locks, releases, tasks
from paas.testing import Harness, Inventory
from paas_builder import cleanup

MADE = "made-here"


@dataclass
class Images:
    """The images of a builder that a test made up, as ids."""

    paas: Harness
    removed: list[str] = field(default_factory=list)
    stuck: set[str] = field(default_factory=set)

    def deploy(self, app: App, id: str) -> Release:
        """What a deploy that succeeds does, as far as images are concerned."""
        release = self.release(app, id)
        with self.paas.inside():
            cleanup.note(app, release.image)
            releases.promote(app, release, [])
            cleanup.plan(app, release)
        return release

    def release(self, app: App, id: str) -> Release:
        with self.paas.inside():
            return releases.add(app, Release(Image(id, MADE)))

    def clean_up(self, app: App) -> list[str]:
        """Carry out what is planned for an app; what it removed."""
        self.removed.clear()
        with self.paas.inside():
            for task in tasks.planned(cleanup.NOUN):
                if task.payload["app_id"] == app.id:
                    cleanup.perform(app.id)
        return self.removed


@pytest.fixture
def images(paas: Harness, inventory: Inventory) -> Images:
    made = Images(paas)

    @hookimpl
    def build() -> None:
        raise AssertionError

    @hookimpl
    def discard_image(image: Image) -> None:
        if image.id in made.stuck:
            raise PaasError(f"{image.id} is in use.")
        made.removed.append(image.id)

    inventory.real = True
    inventory.plugin(MADE, build, discard_image)
    paas.ok("releases:set", "--global", "keep", "1")
    return made


def test_the_image_before_goes_once_a_new_one_is_live(images: Images) -> None:
    shop = images.paas.app("shop")
    images.deploy(shop, "one")
    assert images.clean_up(shop) == []

    images.deploy(shop, "two")

    assert images.clean_up(shop) == ["one"]
    assert images.clean_up(shop) == []


def test_an_image_that_is_released_again_stays(images: Images) -> None:
    shop = images.paas.app("shop")
    for id in ("one", "two", "one"):
        images.deploy(shop, id)

    assert images.clean_up(shop) == ["two"]


def test_what_a_failed_deploy_left_goes_with_the_next_one(images: Images) -> None:
    shop = images.paas.app("shop")
    images.deploy(shop, "one")
    with images.paas.inside():
        cleanup.note(shop, Image("killed", MADE))
    images.release(shop, "killed")

    images.deploy(shop, "two")

    assert images.clean_up(shop) == ["one", "killed"]


def test_an_image_that_a_clone_runs_stays_until_the_clone_is_done_with_it(images: Images) -> None:
    shop = images.paas.app("shop")
    images.deploy(shop, "one")
    images.paas.ok("apps:clone", "--skip-deploy", "shop", "copy")
    copy = images.paas.app("copy")
    clone = images.release(copy, "one")
    images.deploy(shop, "two")
    assert images.clean_up(shop) == []

    with images.paas.inside():
        releases.promote(copy, clone, [])
    assert images.clean_up(shop) == []

    images.deploy(copy, "three")
    assert images.clean_up(copy) == ["one"]


def test_skip_cleanup_keeps_images(images: Images) -> None:
    shop = images.paas.app("shop")
    images.paas.ok("builder:set", "shop", "skip-cleanup", "true")
    images.deploy(shop, "one")
    images.deploy(shop, "two")
    with images.paas.inside():
        assert tasks.planned(cleanup.NOUN) == []

    images.paas.ok("builder:set", "shop", "skip-cleanup")
    images.deploy(shop, "three")

    assert images.clean_up(shop) == ["one", "two"]


def test_an_app_has_one_clean_up_before_it_at_most_and_after_its_last_deploy(images: Images) -> None:
    shop = images.paas.app("shop")
    for id in ("one", "two", "three"):
        images.deploy(shop, id)
    with images.paas.inside():
        (before,) = tasks.planned(cleanup.NOUN)

    images.deploy(shop, "four")

    with images.paas.inside():
        (after,) = tasks.planned(cleanup.NOUN)
    assert after.due_at > before.due_at


def test_an_image_that_cannot_be_removed_is_tried_again(images: Images) -> None:
    shop = images.paas.app("shop")
    images.stuck.add("two")
    for id in ("one", "two", "three"):
        images.deploy(shop, id)
    with pytest.raises(PaasError, match="in use"):
        images.clean_up(shop)
    assert images.removed == ["one"]

    images.stuck.clear()

    assert images.clean_up(shop) == ["two"]


def test_a_clean_up_leaves_an_app_that_is_being_deployed_alone(images: Images) -> None:
    shop = images.paas.app("shop")
    images.deploy(shop, "one")
    images.deploy(shop, "two")

    with images.paas.inside(), locks.deploying(shop.id, shop.name, "git push"), pytest.raises(locks.Locked):
        cleanup.perform(shop.id)

    assert images.clean_up(shop) == ["one"]


def test_a_clean_up_of_a_destroyed_app_has_nothing_to_do(images: Images) -> None:
    shop = images.paas.app("shop")
    images.deploy(shop, "one")
    images.deploy(shop, "two")
    images.paas.ok("apps:destroy", "--force", "shop")

    assert images.clean_up(shop) == []


def test_a_tick_carries_it_out(images: Images, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleanup, "drain_seconds", lambda app: 0)
    shop = images.paas.app("shop")
    images.deploy(shop, "one")
    images.deploy(shop, "two")

    with images.paas.inside():
        assert tasks.tick() == 0

        assert tasks.planned(cleanup.NOUN) == []
    assert images.removed == ["one"]


def test_an_image_that_a_plugin_needs_stays(images: Images) -> None:
    images.paas.ok("releases:set", "--global", "keep", "2")
    shop = images.paas.app("shop")
    for id in ("one", "two", "three"):
        images.deploy(shop, id)

    assert images.clean_up(shop) == ["one"]
