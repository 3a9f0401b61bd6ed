"""Builds, by the real engine and by its stand-in alike."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from paas import App, Mount, PaasError, Release, Source, apps, deployment, hookimpl, releases
from paas.testing import Harness, Inventory
from paas_docker.api import Engine, labels, ours
from paas_docker.engine import DockerEngine
from paas_docker.testing import FakeDocker


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.journey)])
def engine(request: pytest.FixtureRequest, paas: Harness, docker: FakeDocker) -> Iterator[Engine]:
    """Each of the two engines, in turn, as that of the harness."""
    if request.param == "fake":
        yield docker
    else:
        paas.real.add("docker")
        paas.resources["docker"] = DockerEngine()
        yield paas.resources["docker"]
        with paas.inside():
            for image in paas.resources["docker"].images(ours()):
                subprocess.run(["docker", "image", "rm", "--force", image.id], check=True, stdout=subprocess.DEVNULL)


@pytest.fixture
def source(tmp_path: Path) -> Source:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "page").write_text("hello")
    return Source(tmp_path / "tree", "0123abcd", "git-push")


def write(source: Source, text: str, name: str = "Dockerfile") -> None:
    (source.folder / name).write_text(text)


def test_a_dockerfile_becomes_an_image(
    paas: Harness, engine: Engine, source: Source, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = paas.app("shop")
    write(source, 'FROM scratch\nCOPY page /\nEXPOSE 8080\nEXPOSE 5000\nCMD ["/page"]\n')

    with paas.inside():
        image = deployment.build(shop, source)
        found = engine.image(image.id)

        assert image.builder == "builder-dockerfile"
        assert image.ports == ("8080/tcp", "5000/tcp")
        assert found.labels.items() >= labels(shop).items()
        assert list(found.tags) == ["paas/shop:0123abcd"]
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "-----> Building shop from Dockerfile"
    assert len(lines) > 2
    assert all(line.startswith("       ") for line in lines[1:])


def test_a_folder_that_a_build_can_not_see_is_named(
    paas: Harness, docker: FakeDocker, source: Source, inventory: Inventory, capsys: pytest.CaptureFixture[str]
) -> None:
    @hookimpl
    def container_mounts() -> Sequence[Mount]:
        return [Mount("/srv/cache", "/cache", phases=("build",)), Mount("/srv/data", "/data")]

    inventory.real = True
    inventory.plugin("folders", container_mounts)
    shop = paas.app("shop")
    write(source, "FROM scratch\nCOPY page /\n")

    with paas.inside():
        deployment.build(shop, source)

    said = capsys.readouterr().err
    assert "/srv/cache is not at /cache: no folder can be mounted into a build of a Dockerfile." in said
    assert "/srv/data" not in said


def test_a_build_that_fails_says_why_and_leaves_nothing(
    paas: Harness, engine: Engine, source: Source, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = paas.app("shop")
    write(source, "FROM scratch\nCOPY nothing /\n")

    with paas.inside():
        with pytest.raises(PaasError, match=r"App build failed: .*nothing") as refused:
            deployment.build(shop, source)
        assert "Mend that and deploy again" in str(refused.value.hint)

        assert engine.images(ours()) == []
    assert list(paas.paths.scratch.glob("*")) == []


def test_settings_reach_the_build(paas: Harness, engine: Engine, source: Source) -> None:
    shop = paas.app("shop")
    write(source, "FROM nothing", "Dockerfile")
    text = "FROM scratch AS web\nARG COLOUR\nARG SIZE=small\nLABEL colour=$COLOUR size=$SIZE\nFROM scratch\nCOPY x /\n"
    write(source, text, "web.docker")
    for key, value in {"dockerfile-path": "web.docker", "target": "web", "build-args": "COLOUR='dark blue'"}.items():
        paas.ok("builder-dockerfile:set", "shop", key, value)

    with paas.inside():
        found = engine.image(deployment.build(shop, source).id)

    assert (found.labels["colour"], found.labels["size"]) == ("dark blue", "small")


def test_a_config_variable_reaches_the_build_when_it_is_named(
    paas: Harness, engine: Engine, source: Source, inventory: Inventory
) -> None:
    @hookimpl
    def app_environment() -> dict[str, str]:
        return {"TOKEN": "a b", "OTHER": "never", "DOCKER_HOST": "tcp://192.0.2.1:1"}

    inventory.real = True
    inventory.plugin("variables", app_environment)
    shop = paas.app("shop")
    write(source, "FROM scratch\nARG TOKEN\nARG OTHER=unset\nLABEL token=$TOKEN other=$OTHER\nCOPY page /\n")
    paas.ok("builder-dockerfile:set", "shop", "build-args", "TOKEN DOCKER_HOST")

    with paas.inside():
        found = engine.image(deployment.build(shop, source).id)

    assert (found.labels["token"], found.labels["other"]) == ("a b", "unset")


def test_plugins_add_words_to_the_build(paas: Harness, engine: Engine, source: Source, inventory: Inventory) -> None:
    @hookimpl
    def docker_args_build(app: App) -> Sequence[str]:
        return ["--build-arg=VERSION=3", "--volume", "/etc:/etc"]

    inventory.real = True
    inventory.plugin("options", docker_args_build)
    shop = paas.app("shop")
    write(source, "FROM scratch\nARG VERSION\nLABEL version=$VERSION\nCOPY page /\n")

    with paas.inside():
        assert engine.image(deployment.build(shop, source).id).labels["version"] == "3"


def test_an_image_is_discarded(paas: Harness, engine: Engine, source: Source) -> None:
    shop = paas.app("shop")
    write(source, "FROM scratch\nCOPY page /\n")

    with paas.inside():
        image = deployment.build(shop, source)
        deployment.discard(shop, image)
        deployment.discard(shop, image)

        assert engine.images(ours()) == []


def test_what_a_killed_build_left_goes_with_the_next_one(paas: Harness, engine: Engine, source: Source) -> None:
    shop, blog = paas.app("shop"), paas.app("blog")
    write(source, "FROM scratch\nCOPY page /\nCMD serve\n")
    with paas.inside():
        kept = deployment.build(shop, source)
        releases.add(shop, Release(kept))
        write(source, "FROM scratch\nCOPY page /\nCMD never\n")
        others = deployment.build(blog, source)
        deployment.build(shop, source)
        write(source, "FROM scratch\nCOPY page /\nCMD better\n")

        built = deployment.build(shop, source)

        assert {image.id for image in engine.images(ours())} == {kept.id, others.id, built.id}


def test_a_destroyed_app_leaves_no_image(paas: Harness, engine: Engine, source: Source) -> None:
    shop = paas.app("shop")
    write(source, "FROM scratch\nCOPY page /\n")
    with paas.inside():
        deployment.build(shop, source)

    paas.ok("apps:destroy", "--force", "shop")

    with paas.inside():
        assert engine.images(ours()) == []
        assert apps.find("shop") is None


def test_a_name_that_is_odd_for_docker_is_no_obstacle(paas: Harness, engine: Engine, source: Source) -> None:
    odd = paas.app("a.-b--c")
    write(source, "FROM scratch\nCOPY page /\n")

    with paas.inside():
        assert list(engine.image(deployment.build(odd, source).id).tags) == ["paas/a-b--c:0123abcd"]
