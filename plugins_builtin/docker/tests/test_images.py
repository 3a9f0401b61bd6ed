from __future__ import annotations

from dataclasses import replace

from paas import App, Image, Release, locks, releases
from paas.testing import Harness
from paas_docker import api, images, unused
from paas_docker.api import Container
from paas_docker.testing import FakeDocker


def built(docker: FakeDocker, app: App, name: str) -> str:
    return docker.add_image(name, labels=api.labels(app), command=(name,)).id


def released(app: App, image: str) -> Release:
    draft = Release(Image(image, "builder-dockerfile"))
    return releases.add(app, draft)


def test_a_destroyed_app_leaves_no_image(paas: Harness, docker: FakeDocker) -> None:
    shop, blog = paas.app("shop"), paas.app("blog")
    with paas.inside():
        for name in ("paas/shop:1", "paas/shop:2"):
            built(docker, shop, name)
        kept = built(docker, blog, "paas/blog:1")
        foreign = docker.add_image("postgres:15").id

    paas.ok("apps:destroy", "--force", "shop")

    assert {image.id for image in docker.images({})} == {kept, foreign}


def test_an_image_that_a_clone_runs_outlives_its_original_and_goes_with_the_clone(
    paas: Harness, docker: FakeDocker
) -> None:
    shop, copy = paas.app("shop"), paas.app("copy")
    with paas.inside():
        image = built(docker, shop, "paas/shop:1")
        released(shop, image)
        released(copy, image)

    paas.ok("apps:destroy", "--force", "shop")
    assert [found.id for found in docker.images({})] == [image]

    paas.ok("apps:destroy", "--force", "copy")
    assert docker.images({}) == []


def test_a_renamed_app_takes_its_images_with_it(paas: Harness, docker: FakeDocker) -> None:
    shop = paas.app("shop")
    with paas.inside():
        built(docker, shop, "paas/shop:1")
        images.remove_all(replace(shop, name="store"))

    assert docker.images({}) == []


def test_an_image_of_another_system_or_of_none_stays(paas: Harness, docker: FakeDocker) -> None:
    shop = paas.app("shop")
    with paas.inside():
        other = docker.add_image("paas/shop:1", labels={**api.labels(shop), api.SYSTEM: "/elsewhere"}).id
        plain = docker.add_image("nginx:1").id
        released(shop, plain)

    paas.ok("apps:destroy", "--force", "shop")

    assert {image.id for image in docker.images({})} == {other, plain}


def test_a_tick_removes_what_killed_builds_and_failed_deploys_have_left(paas: Harness, docker: FakeDocker) -> None:
    shop = paas.app("shop")
    with paas.inside():
        labels = {**api.labels(shop), api.BUILT_BY: "builder-dockerfile"}
        killed, failed, live, used, other = (
            docker.add_image(f"paas/shop:{n}", labels=labels if n < 4 else api.labels(shop)).id for n in range(5)
        )
        released(shop, failed)
        releases.fail(shop)
        releases.promote(shop, released(shop, live), [])
        docker.create(api.Container("drains", used, ["serve"]))

    with paas.inside(), locks.deploying(shop.id, "shop", "git push"):
        paas.ok("tick")
    assert killed in {image.id for image in docker.images({})}

    paas.ok("tick")

    assert {image.id for image in docker.images({})} == {live, used, other}


def test_an_image_in_use_is_named_and_keeps_none_of_the_others(paas: Harness, docker: FakeDocker) -> None:
    shop = paas.app("shop")
    with paas.inside():
        used = built(docker, shop, "paas/shop:1")
        docker.create(api.Container("a-copy-by-hand", used))
        built(docker, shop, "paas/shop:2")

    result = paas.run("apps:destroy", "--force", "shop")

    assert "a-copy-by-hand" in result.stderr
    assert [image.id for image in docker.images({})] == [used]


# cleanup


def leftovers(paas: Harness, app: App | None = None) -> list[str]:
    with paas.inside():
        return [one.name for one in unused.leftovers(app)]


def test_images_that_no_release_needs_are_left_over(paas: Harness, docker: FakeDocker) -> None:
    shop, blog = paas.app("shop"), paas.app("blog")
    with paas.inside():
        old, live, lost = (built(docker, shop, f"paas/shop:{name}") for name in ("old", "live", "lost"))
        built(docker, blog, "paas/blog:lost")
        docker.add_image("postgres:15")
        docker.add_image("foreign:1", labels={api.SYSTEM: "/elsewhere", api.APP_ID: str(shop.id)})
        for image in (old, live):
            releases.promote(shop, released(shop, image), [])

    assert leftovers(paas, shop) == ["paas/shop:lost"]
    assert leftovers(paas) == ["paas/shop:lost", "paas/blog:lost"]
    paas.ok("releases:set", "shop", "keep", "1")
    assert leftovers(paas, shop) == ["paas/shop:old", "paas/shop:lost"]

    paas.ok("cleanup", "shop")

    left = {image.id for image in docker.images({api.APP_ID: str(shop.id)})}
    assert {live} < left
    assert not {old, lost} & left


def test_images_of_an_app_that_is_gone_are_left_over(paas: Harness, docker: FakeDocker) -> None:
    docker.add_image("paas/gone:1", labels={api.SYSTEM: str(paas.paths.root), api.APP_ID: "77", api.APP: "gone"})

    assert leftovers(paas) == ["paas/gone:1"]


def test_images_of_an_app_that_is_being_deployed_are_not_left_over(paas: Harness, docker: FakeDocker) -> None:
    shop = paas.app("shop")
    with paas.inside():
        built(docker, shop, "paas/shop:1")
        (found,) = unused.leftovers(shop)
        with locks.deploying(shop.id, shop.name, "git push"):
            assert leftovers(paas) == []
            found.remove()

    assert len(docker.images({})) == 1


def test_an_image_that_runs_is_not_left_over(paas: Harness, docker: FakeDocker) -> None:
    shop = paas.app("shop")
    with paas.inside():
        image = built(docker, shop, "paas/shop:1")
        docker.start(docker.create(Container("shop.web.1", image, ["serve"], labels=api.labels(shop))))

    assert leftovers(paas) == []
