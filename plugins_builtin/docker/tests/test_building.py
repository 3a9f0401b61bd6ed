"""Builds and images, by the real engine and by its stand-in alike."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest

from paas_docker.api import Build, DockerError, Engine, NotFound, ours

from .conftest import OURS, SHOP, shell, source


def test_a_build_gives_the_image_as_its_dockerfile_says(engine: Engine, base: str, tmp_path: Path) -> None:
    lines: list[str] = []
    text = 'FROM {}\nLABEL kind="a shop"\nUSER 1000\nEXPOSE 8080 5000/udp\nCMD ["sleep", "60"]\n'
    folder = source(tmp_path / "shop", text.format(base))

    built = engine.build(Build(folder, SHOP, labels=ours()), lines.append)

    assert built.id.startswith("sha256:")
    assert built.tags == (SHOP,)
    assert list(built.ports) == ["5000/udp", "8080/tcp"]
    assert list(built.command) == ["sleep", "60"]
    assert built.user == "1000"
    assert built.labels["kind"] == "a shop"
    assert built.labels.items() >= ours().items()
    assert engine.image(built.id) == engine.image(SHOP) == built
    assert any("CMD" in line or "FROM" in line for line in lines)


def test_a_command_without_brackets_is_given_to_a_shell(engine: Engine, base: str, tmp_path: Path) -> None:
    folder = source(tmp_path / "shop", f"FROM {base}\nCMD sleep 60\n")

    built = engine.build(Build(folder, SHOP, labels=ours()), print)

    assert list(built.command) == ["/bin/sh", "-c", "sleep 60"]


def test_a_step_that_fails_fails_the_build_and_leaves_nothing(engine: Engine, base: str, tmp_path: Path) -> None:
    lines: list[str] = []
    folder = source(tmp_path / "shop", f"FROM {base}\nRUN echo no such luck; exit 7\n")

    with pytest.raises(DockerError, match="7"):
        engine.build(Build(folder, SHOP, labels=ours()), lines.append)

    assert any("no such luck" in line for line in lines)
    assert [image.tags for image in engine.images(ours())] == [(base,)]
    with pytest.raises(NotFound):
        engine.image(SHOP)


def test_a_dockerfile_that_makes_no_sense_fails_the_build(engine: Engine, tmp_path: Path) -> None:
    folder = source(tmp_path / "shop", "FROM scratch\nBAKE bread\n")

    with pytest.raises(DockerError, match=r"(?i)unknown instruction: BAKE"):
        engine.build(Build(folder, SHOP, labels=ours()), print)


def test_a_build_takes_arguments_and_a_target(engine: Engine, base: str, tmp_path: Path) -> None:
    text = f"FROM {base} AS first\nARG PORT=1\nARG MODE\nEXPOSE $PORT\nLABEL mode=$MODE\nFROM first\nEXPOSE 9999\n"
    folder = source(tmp_path / "shop", text)
    options = ["--target=first", "--build-arg=PORT=4000", "--build-arg", "MODE", "--volume", "/etc:/etc"]

    built = engine.build(Build(folder, SHOP, labels=ours(), options=options, environment={"MODE": "a b"}), print)

    assert list(built.ports) == ["4000/tcp"]
    assert built.labels["mode"] == "a b"


def test_a_dockerfile_may_have_another_name(engine: Engine, base: str, tmp_path: Path) -> None:
    folder = source(tmp_path / "shop", "FROM nothing.invalid/x\n")
    (folder / "deploy").mkdir()
    (folder / "deploy" / "web.docker").write_text(f"FROM {base}\nEXPOSE 7000\n")

    built = engine.build(Build(folder, SHOP, "deploy/web.docker", ours()), print)

    assert list(built.ports) == ["7000/tcp"]


def test_what_dockerignore_names_is_not_sent(engine: Engine, base: str, tmp_path: Path) -> None:
    folder = source(tmp_path / "shop", f"FROM {base}\nCOPY secret /\n")
    (folder / "secret").write_text("x")
    (folder / ".dockerignore").write_text("secret\n")

    with pytest.raises(DockerError):
        engine.build(Build(folder, SHOP, labels=ours()), print)


def test_the_same_source_gives_the_same_image(engine: Engine, base: str, tmp_path: Path) -> None:
    folder = source(tmp_path / "shop", f"FROM {base}\nCOPY Dockerfile /\n")

    first = engine.build(Build(folder, SHOP, labels=ours()), print)
    second = engine.build(Build(folder, f"{OURS}/shop:2", labels=ours()), print)
    (folder / "page").write_text("new")
    (folder / "Dockerfile").write_text(f"FROM {base}\nCOPY page /\n")
    third = engine.build(Build(folder, f"{OURS}/shop:3", labels=ours()), print)

    assert first.id == second.id != third.id
    assert set(second.tags) == {SHOP, f"{OURS}/shop:2"}


def test_an_image_goes_with_all_its_names(engine: Engine, base: str) -> None:
    engine.tag(base, f"{OURS}/other:2")
    assert len(engine.image(base).tags) == 2

    engine.remove_image(base)
    engine.remove_image(base)

    assert engine.images(ours()) == []
    with pytest.raises(NotFound):
        engine.image(f"{OURS}/other:2")


def test_an_image_that_a_container_has_stays(engine: Engine, base: str) -> None:
    engine.create(shell(base, "sleep 60"))

    with pytest.raises(DockerError, match=f"{OURS}.web.1"):
        engine.remove_image(base)

    assert engine.image(base).tags


def test_images_are_found_by_labels(engine: Engine, base: str) -> None:
    (key, value), *_ = ours().items()

    assert [image.tags for image in engine.images({key: value})] == [(base,)]
    assert (base,) in [image.tags for image in engine.images({key: ""})]
    assert engine.images({key: value, "paas.app": "nobody"}) == []


@pytest.mark.parametrize("name", ["paas-nothing/nothing:1", "../containers/json?x=", "a b", "", "paas/../x", "x\n"])
def test_what_is_not_there_is_not_found(engine: Engine, name: str) -> None:
    with pytest.raises(NotFound):
        engine.image(name)
    with pytest.raises(NotFound):
        engine.state(name)


def test_an_image_of_no_registry_is_not_pulled(engine: Engine) -> None:
    with pytest.raises(DockerError):
        engine.pull("127.0.0.1:9/nothing:1", print)


def saved(name: str | None) -> io.BytesIO:
    """An archive as `docker save` writes it, of an image without a file."""
    layer = io.BytesIO()
    tarfile.open(fileobj=layer, mode="w").close()
    digest = hashlib.sha256(layer.getvalue()).hexdigest()
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Labels": ours(), "Cmd": ["/hello"], "ExposedPorts": {"5000/tcp": {}}},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
    }
    manifest = [{"Config": "config.json", "RepoTags": [name] if name else None, "Layers": ["layer.tar"]}]
    files = {"manifest.json": json.dumps(manifest), "config.json": json.dumps(config)}
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path, content in [*((p, text.encode()) for p, text in files.items()), ("layer.tar", layer.getvalue())]:
            member = tarfile.TarInfo(path)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    archive.seek(0)
    return archive


def test_an_archive_is_loaded_under_its_names(engine: Engine) -> None:
    assert engine.load(saved(f"{OURS}/loaded:1")) == [f"{OURS}/loaded:1"]

    loaded = engine.image(f"{OURS}/loaded:1")
    assert list(loaded.command) == ["/hello"]
    assert list(loaded.ports) == ["5000/tcp"]


def test_an_archive_without_a_name_is_loaded_by_its_id(engine: Engine) -> None:
    (id,) = engine.load(saved(None))

    assert engine.image(id).id == id


def test_what_is_no_archive_is_not_loaded(engine: Engine) -> None:
    with pytest.raises(DockerError, match="The archive can't be loaded") as error:
        engine.load(io.BytesIO(b"no archive at all" * 100))

    assert error.value.hint == "Pass what docker save writes."
