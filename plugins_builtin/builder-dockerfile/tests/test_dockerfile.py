from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paas import App, PaasError, Source, hooks, hookspecs
from paas.testing import Harness
from paas_builder_dockerfile import dockerfile, images
from paas_builder_dockerfile.settings import SETTINGS


@pytest.fixture
def source(tmp_path: Path) -> Source:
    (tmp_path / "tree").mkdir()
    return Source(tmp_path / "tree", "abc", "git-push")


def test_a_source_with_a_dockerfile_is_ours(paas: Harness, source: Source) -> None:
    shop = paas.app("shop")
    with paas.inside():
        assert "builder-dockerfile" not in hooks.gather(hookspecs.builder_detect, shop, source)

        (source.folder / "Dockerfile").touch()

        assert hooks.gather(hookspecs.builder_detect, shop, source)[0] == "builder-dockerfile"


def test_a_path_that_was_set_is_meant_even_if_nothing_is_there(paas: Harness, source: Source) -> None:
    shop = paas.app("shop")
    paas.ok("builder-dockerfile:set", "shop", "dockerfile-path", "deploy/Dockerfile")

    with paas.inside():
        assert dockerfile.is_meant(shop, source)
        with pytest.raises(PaasError, match="has no deploy/Dockerfile") as refused:
            dockerfile.load(shop, source)

    assert "builder-dockerfile:set shop dockerfile-path" in str(refused.value.hint)


def spoilt(folder: Path, how: str) -> None:
    file = folder / "Dockerfile"
    match how:
        case "is a folder":
            file.mkdir()
        case "leads out":
            file.symlink_to("/etc/passwd")
        case "leads nowhere":
            file.symlink_to("nothing")
        case "leads in a circle":
            file.symlink_to("Dockerfile")
        case "is binary":
            file.write_bytes(b"\x7fELF\0\0")
        case "is empty":
            file.write_text(" \n\n")


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("is missing", "has no Dockerfile"),
        ("is a folder", "is not a file"),
        ("leads out", "leads out of it"),
        ("leads nowhere", "is not a file"),
        ("leads in a circle", "is not a file"),
        ("is binary", "is not text"),
        ("is empty", "is empty"),
    ],
)
def test_a_dockerfile_that_cannot_be_built_is_named(paas: Harness, source: Source, how: str, message: str) -> None:
    shop = paas.app("shop")
    spoilt(source.folder, how)

    with paas.inside(), pytest.raises(PaasError, match=message):
        dockerfile.load(shop, source)


def test_a_link_within_the_source_is_followed(paas: Harness, source: Source) -> None:
    shop = paas.app("shop")
    (source.folder / "deploy").mkdir()
    (source.folder / "deploy" / "web.docker").write_text("FROM scratch\n")
    (source.folder / "Dockerfile").symlink_to("deploy/web.docker")

    with paas.inside():
        assert dockerfile.load(shop, source).path == "deploy/web.docker"


def test_a_dockerfile_need_not_be_utf_8(paas: Harness, source: Source) -> None:
    shop = paas.app("shop")
    (source.folder / "Dockerfile").write_bytes("\ufeffFROM scratch\n# Käse\n".encode("latin-1", "ignore"))

    with paas.inside():
        assert dockerfile.load(shop, source).text.startswith("FROM scratch")


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        ("EXPOSE 8080\nEXPOSE 5000/udp", ["8080/tcp", "5000/udp"]),
        ("  expose 9000 80/tcp 9000/tcp", ["9000/tcp", "80/tcp", "9000/tcp"]),
        ("EXPOSE 8080 \\\n  # why\n", ["8080/tcp"]),
        ("EXPOSE 8080 \\\n  443\n", ["8080/tcp", "443/tcp"]),
        ("EXPOSE $PORT ${PORT} 3000-3005\n# EXPOSE 1\nRUN echo EXPOSE 2", []),
        ("", []),
    ],
)
def test_the_ports_of_a_dockerfile_come_in_its_order(text: str, ports: list[str]) -> None:
    assert list(dockerfile.exposed(text)) == ports


@given(st.text())
def test_no_text_breaks_the_search_for_ports(text: str) -> None:
    for port in dockerfile.exposed(text):
        assert port.endswith(("/tcp", "/udp"))


def test_ports_that_the_file_does_not_name_come_last() -> None:
    assert images.ports(["80/tcp", "443/tcp", "8080/tcp"], "EXPOSE 8080 9999\nEXPOSE $TLS") == (
        "8080/tcp",
        "80/tcp",
        "443/tcp",
    )


@pytest.mark.parametrize(
    ("app", "revision", "name"),
    [
        ("shop", "0a1b" * 10, f"paas/shop:{'0a1b' * 10}"),
        ("shop.example.com", "v1", "paas/shop.example.com:v1"),
        ("a--b", "", "paas/a--b:latest"),
        ("a.-b-.c.-.d", "x/y:z", "paas/a-b-c-d:xyz"),
    ],
)
def test_an_image_has_a_name_that_docker_takes(app: str, revision: str, name: str) -> None:
    assert images.name(App(1, app, 0), Source(Path("/"), revision, "git-push")) == name


def test_settings_become_words_for_docker(paas: Harness) -> None:
    shop = paas.app("shop")
    paas.ok("builder-dockerfile:set", "shop", "build-args", "A=1 B='two words' TOKEN")
    paas.ok("builder-dockerfile:set", "shop", "target", "web")

    with paas.inside():
        assert images.options(shop) == [
            "--build-arg=A=1",
            "--build-arg=B=two words",
            "--build-arg=TOKEN",
            "--target=web",
        ]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("dockerfile-path", "../Dockerfile"),
        ("dockerfile-path", "/etc/passwd"),
        ("target", "--output=/etc"),
        ("target", "a b"),
        ("build-args", "A='open"),
        ("build-args", "--output=/etc"),
        ("build-args", "1A=x"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(paas: Harness, key: str, value: str) -> None:
    paas.app("shop")

    assert paas.run("builder-dockerfile:set", "shop", "--", key, value).exit_code == 1
    assert paas.ok("builder-dockerfile:report", "shop", f"--builder-dockerfile-{key}") == "\n"


@given(st.lists(st.from_regex(r"[A-Z_]{1,5}(=.{0,20})?", fullmatch=True)))
def test_build_args_survive_their_quoting(words: list[str]) -> None:
    import shlex

    if any("\0" in word for word in words):
        return
    value = shlex.join(words)

    assert SETTINGS.all["build-args"].check(value) == value
    assert shlex.split(value) == words


def test_the_report_shows_what_holds(paas: Harness) -> None:
    paas.app("shop")

    assert (
        paas.ok("builder-dockerfile:report", "shop", "--builder-dockerfile-computed-dockerfile-path") == "Dockerfile\n"
    )


def test_a_clone_is_built_from_the_same_dockerfile(paas: Harness) -> None:
    paas.app("shop")
    paas.ok("builder-dockerfile:set", "shop", "dockerfile-path", "web.docker")
    paas.ok("apps:clone", "--skip-deploy", "shop", "copy")

    assert paas.ok("builder-dockerfile:report", "copy", "--builder-dockerfile-dockerfile-path") == "web.docker\n"
