from __future__ import annotations

from dataclasses import replace

from paas import App, Image, Release, apps
from paas.testing import Harness
from paas_docker import api, images
from paas_docker.testing import FakeDocker


def built(docker: FakeDocker, app: App, name: str) -> str:
    return docker.add_image(name, labels=api.labels(app)).id


def released(app: App, image: str) -> Release:
    draft = Release(0, app.id, 0, "pending", 0, Image(image, "builder-dockerfile"))
    return apps.add_release(app, draft)


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


def test_an_image_in_use_is_named_and_keeps_none_of_the_others(paas: Harness, docker: FakeDocker) -> None:
    shop = paas.app("shop")
    with paas.inside():
        used = built(docker, shop, "paas/shop:1")
        docker.create(api.Container("a-copy-by-hand", used))
        built(docker, shop, "paas/shop:2")

    result = paas.run("apps:destroy", "--force", "shop")

    assert "a-copy-by-hand" in result.stderr
    assert [image.id for image in docker.images({})] == [used]
