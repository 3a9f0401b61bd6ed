"""Builds with buildpacks on the stand-in engine, and the image that they run in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from paas import App, InvalidValue, PaasError, Source, apps, deployment, hookimpl, roothelper
from paas.testing import Harness, Inventory
from paas_builder_herokuish import base, images
from paas_builder_herokuish.settings import SETTINGS
from paas_docker.api import Container, labels, ours
from paas_docker.testing import FakeDocker
from paas_stack import api as stack


@pytest.fixture
def source(tmp_path: Path) -> Source:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "app.py").write_text("print('hello')")
    return Source(tmp_path / "tree", "0123abcd", "git-push")


def a_stack(docker: FakeDocker, *entrypoint: str) -> None:
    docker.add_image("paas/stack:1", entrypoint=entrypoint or ("echo",), labels={stack.STACK: stack.content()})


def test_a_source_becomes_an_image_that_starts_by_process_type(
    paas: Harness, docker: FakeDocker, source: Source, inventory: Inventory, capsys: pytest.CaptureFixture[str]
) -> None:
    @hookimpl
    def app_environment() -> Mapping[str, str]:
        return {"TOKEN": "secret"}

    inventory.real = True
    inventory.plugin("variables", app_environment)
    a_stack(docker)
    shop = paas.app("shop")

    with paas.inside():
        image = deployment.build(shop, source)

        assert (image.builder, image.entry) == ("builder-herokuish", ("/start",))
        found = docker.image(image.id)
        assert found.labels.items() >= labels(shop).items()
        assert (found.command, found.user) == (("/start", "web"), "32767:32767")
        assert docker.containers(ours()) == []
    assert capsys.readouterr().out.splitlines() == ["-----> Building shop with buildpacks", "/build"]
    assert list(paas.paths.scratch.glob("*")) == []


def test_a_build_that_fails_leaves_nothing(paas: Harness, docker: FakeDocker, source: Source) -> None:
    a_stack(docker, "sh", "-c", "false")
    shop = paas.app("shop")

    with paas.inside():
        with pytest.raises(PaasError, match="the buildpacks ended with 1"):
            deployment.build(shop, source)

        assert (docker.images(ours()), docker.containers(ours())) == ([], [])


def test_an_image_that_is_not_for_buildpacks_is_named(paas: Harness, docker: FakeDocker, source: Source) -> None:
    docker.add_image("example/other:3", entrypoint=("sh", "-c", "exit 127"))
    shop = paas.app("shop")
    paas.ok("builder-herokuish:set", "shop", "image", "example/other:3")

    with paas.inside():
        with pytest.raises(PaasError, match="ended with 127") as refused:
            deployment.build(shop, source)
        with pytest.raises(PaasError, match="ended with 127") as undetected:
            images.detect(shop, source)

    for error in (refused.value, undetected.value):
        assert str(error.hint).startswith("Is example/other:3 made for buildpacks?")


def test_an_image_that_cannot_be_had_is_named_with_who_chose_it(paas: Harness, docker: FakeDocker) -> None:
    shop = paas.app("shop")
    paas.ok("builder-herokuish:set", "shop", "image", "127.0.0.1:9/none:1")

    with (
        paas.inside(),
        pytest.raises(PaasError, match="in which the buildpacks of shop are to run") as e,
    ):
        base.of(shop)

    assert "builder-herokuish:report shop" in str(e.value.hint)


def test_a_dockerfile_goes_before_buildpacks_which_may_be_forbidden(
    paas: Harness, source: Source, inventory: Inventory
) -> None:
    inventory.real = True
    shop = paas.app("shop")

    with paas.inside():
        assert deployment.choose_builder(shop, source) == "builder-herokuish"
    paas.ok("builder-herokuish:set", "shop", "allowed", "false")
    with paas.inside(), pytest.raises(PaasError, match="says how to build it"):
        deployment.choose_builder(shop, source)
    paas.ok("builder-herokuish:set", "shop", "allowed")
    (source.folder / "Dockerfile").write_text("FROM scratch")
    with paas.inside():
        assert deployment.choose_builder(shop, source) == "builder-dockerfile"


def test_the_image_is_the_apps_else_the_stack_else_the_published_one(paas: Harness, docker: FakeDocker) -> None:
    shop = paas.app("shop")
    with paas.inside():
        assert base.of(shop).tags == (base.PUBLISHED,)
        a_stack(docker)
        assert base.of(shop).tags == ("paas/stack:1",)
        docker.add_image("example/herokuish:3", command=("/start",))
        paas.ok("builder-herokuish:set", "shop", "image", "example/herokuish:3")
        assert base.of(shop).tags == ("example/herokuish:3",)


def test_a_plugin_names_the_image(paas: Harness, docker: FakeDocker, inventory: Inventory) -> None:
    @hookimpl
    def buildpack_stack_name(app: App) -> str:
        return f"example/{app.name}:1"

    inventory.real = True
    inventory.plugin("stacks", buildpack_stack_name)
    shop = paas.app("shop")

    with paas.inside():
        assert base.of(shop).tags == ("example/shop:1",)


def test_a_copy_has_the_settings(paas: Harness) -> None:
    paas.app("shop")
    paas.ok("builder-herokuish:set", "shop", "image", "example/herokuish:3")
    paas.ok("apps:clone", "shop", "copy")

    with paas.inside():
        assert SETTINGS.own(apps.load("copy"), "image") == "example/herokuish:3"


def test_what_buildpacks_have_kept_stays_until_it_is_purged_or_the_image_is_another(
    paas: Harness, docker: FakeDocker, source: Source, inventory: Inventory
) -> None:
    inventory.real = True
    paas.programs["sudo"] = as_root(paas)
    a_stack(docker)
    docker.add_image("example/herokuish:3", entrypoint=("echo",))
    shop = paas.app("shop")
    kept = paas.paths.app("shop") / "cache" / "wheel"

    def built() -> bool:
        """Build once more; whether the cache was still there."""
        with paas.inside():
            deployment.build(shop, source)
        there = kept.exists()
        kept.touch()
        return there

    assert [built(), built()] == [False, True]
    assert paas.ok("repo:purge-cache", "shop") == "-----> The build cache of shop is empty\n"
    assert not kept.exists()
    paas.ok("repo:purge-cache", "shop")
    assert [built(), built()] == [False, True]
    paas.ok("builder-herokuish:set", "shop", "image", "example/herokuish:3")
    assert [built(), built()] == [False, True]
    paas.ok("builder-herokuish:set", "shop", "image")
    assert not built()


def as_root(paas: Harness) -> Callable[[list[str], bytes], str]:
    def carry_out(argv: list[str], _: bytes) -> str:
        roothelper.run(argv[3:], paas.paths)
        return ""

    return carry_out


@pytest.mark.parametrize("name", ["-x", "a b", "a/../b", "a//b"])
def test_what_is_no_image_is_refused(name: str) -> None:
    with pytest.raises(InvalidValue):
        SETTINGS.all["image"].check(name)


def test_a_plugin_may_change_the_container_of_a_build(
    paas: Harness, docker: FakeDocker, source: Source, inventory: Inventory
) -> None:
    @hookimpl
    def build_container(container: Container, app: App) -> Container:
        raise PaasError(f"{app.name} may not be built with {container.command}.")

    inventory.real = True
    inventory.plugin("guard", build_container)
    a_stack(docker)
    shop = paas.app("shop")

    with paas.inside(), pytest.raises(PaasError, match=r"may not be built with \['/build'\]"):
        deployment.build(shop, source)
    assert docker.containers({}) == []
