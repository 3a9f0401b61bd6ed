"""The stack, and the packages that it is made from."""

from __future__ import annotations

from pathlib import Path

from paas.testing import Harness
from paas_docker.api import BUILT_BY
from paas_docker.testing import FakeDocker
from paas_stack import api, bootstrap, making
from paas_stack.bootstrap import Archive


def test_a_stack_that_is_there_is_not_made_again(paas: Harness, docker: FakeDocker) -> None:
    docker.add_image("paas/stack:1", labels={api.STACK: api.content()})

    assert "is there already: paas/stack:1" in paas.ok("stack:build")
    assert "paas/stack:1" in paas.ok("stack:report")


def test_a_stack_of_another_version_serves_until_it_is_made_anew(paas: Harness, docker: FakeDocker) -> None:
    docker.add_image("paas/stack:0", labels={api.STACK: "other"})

    with paas.inside():
        assert api.current() is None
        assert (found := api.older())
        assert found.tags == ("paas/stack:0",)


def test_what_was_made_from_a_stack_is_none(paas: Harness, docker: FakeDocker) -> None:
    docker.add_image("app:1", labels={api.STACK: api.content(), BUILT_BY: "builder-herokuish"})
    docker.add_image("example/paas/stack:1", labels={api.STACK: api.content()})

    with paas.inside():
        assert api.current() is None
        assert api.older() is None


def test_apts_sources_are_read_in_both_shapes(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list").write_text("# a\ndeb [arch=amd64] http://a.test/debian bookworm main contrib # b\n")
    text = "Types: deb deb-src\nURIs: http://b.test/x\nSuites: bookworm bookworm-updates\nComponents: main\n"
    (tmp_path / "sources.list.d" / "b.sources").write_text(f"{text}\nTypes: deb\nURIs: http://c\nSuites: ./\n")

    assert list(bootstrap.sources(tmp_path)) == [
        Archive("http://a.test/debian", "bookworm", ("main", "contrib")),
        Archive("http://b.test/x", "bookworm", ("main",)),
        Archive("http://b.test/x", "bookworm-updates", ("main",)),
    ]


def test_an_older_stack_of_this_system_goes_once_nothing_is_made_from_it(paas: Harness, docker: FakeDocker) -> None:
    mine = {making.SYSTEM: str(paas.paths.root)}
    docker.add_image("paas/stack:1", labels={api.STACK: api.content(), **mine})
    docker.add_image("paas/stack:0", labels={api.STACK: "older", **mine})
    docker.add_image("paas/stack:other", labels={api.STACK: "older", making.SYSTEM: "/elsewhere"})
    release = docker.add_image("app:1", labels={api.STACK: "older", BUILT_BY: "builder-herokuish", **mine})
    docker.add_image("app:1")  # what buildpacks have built has no name

    paas.ok("stack:build")

    with paas.inside():
        left = docker.images({api.STACK: ""})
        assert [image.id for image in left if not image.tags] == [release.id]
        assert [tag for image in left for tag in image.tags] == ["paas/stack:1", "paas/stack:other"]
