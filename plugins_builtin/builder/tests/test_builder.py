from __future__ import annotations

from pathlib import Path

import pytest

from paas import App, Image, PaasError, Source, apps, deployment, hookimpl, hooks, hookspecs, state
from paas.testing import Harness, Inventory
from paas_builder import folder
from paas_builder.settings import SETTINGS


@pytest.fixture
def source(tmp_path: Path) -> Source:
    (tmp_path / "tree" / "services" / "web").mkdir(parents=True)
    return Source(tmp_path / "tree", "abc", "git-push")


def builder(name: str) -> list[object]:
    """The hooks of a builder that builds everything."""

    @hookimpl
    def builder_detect() -> list[str]:
        return [name]

    @hookimpl
    def build(app: App) -> Image:
        return Image(f"sha256:{app.name}", name)

    @hookimpl
    def discard_image() -> None:
        """There is no image."""

    return [builder_detect, build, discard_image]


@pytest.fixture
def two_builders(paas: Harness, inventory: Inventory) -> Harness:
    inventory.real = True
    for name in ("made-here", "made-there"):
        inventory.plugin(name, *builder(name))  # type: ignore[arg-type]
    paas.ok("builder-herokuish:set", "--global", "allowed", "false")  # it takes whatever a source is
    return paas


def test_the_chosen_builder_builds(two_builders: Harness, source: Source) -> None:
    paas, shop = two_builders, two_builders.app("shop")
    paas.ok("builder:set", "shop", "selected", "made-there")

    with paas.inside():
        assert deployment.build(shop, source).builder == "made-there"


def test_a_builder_may_be_chosen_by_the_name_that_dokku_has_for_it(two_builders: Harness, source: Source) -> None:
    paas, shop = two_builders, two_builders.app("shop")
    paas.ok("builder:set", "shop", "selected", "dockerfile")

    with paas.inside():
        assert deployment.choose_builder(shop, source) == "builder-dockerfile"


def test_a_builder_for_all_gives_way_to_the_apps_own(two_builders: Harness, source: Source) -> None:
    paas, shop = two_builders, two_builders.app("shop")
    paas.ok("builder:set", "--global", "selected", "made-there")
    with paas.inside():
        assert deployment.build(shop, source).builder == "made-there"

    paas.ok("builder:set", "shop", "selected", "made-here")
    with paas.inside():
        assert deployment.build(shop, source).builder == "made-here"

    paas.ok("builder:set", "shop", "selected")
    paas.ok("builder:set", "--global", "selected")
    with paas.inside():
        assert deployment.choose_builder(shop, source) == "made-here"


def test_a_chosen_builder_that_is_not_installed_is_named(paas: Harness, source: Source) -> None:
    shop = paas.app("shop")
    paas.ok("builder:set", "shop", "selected", "builder-magic")

    with paas.inside(), pytest.raises(PaasError, match="builder-magic"):
        deployment.build(shop, source)


def test_a_build_is_remembered(two_builders: Harness, source: Source) -> None:
    paas, shop = two_builders, two_builders.app("shop")
    assert paas.ok("builder:report", "shop", "--builder-detected") == "\n"

    with paas.inside():
        deployment.build(shop, source)

    assert paas.ok("builder:report", "shop", "--builder-detected") == "made-here\n"


def test_the_report_shows_what_is_set_and_what_holds(paas: Harness) -> None:
    paas.app("shop")
    paas.ok("builder:set", "--global", "build-dir", "services")
    paas.ok("builder:set", "shop", "skip-cleanup", "true")

    lines = paas.ok("builder:report", "shop").splitlines()

    assert lines[0] == "=====> shop builder information"
    shown = dict(line.strip().split(":", 1) for line in lines[1:])
    assert shown["Builder computed build dir"].strip() == "services"
    assert shown["Builder build dir"].strip() == ""
    assert shown["Builder skip cleanup"].strip() == "true"
    assert "Builder global selected" in shown


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("build-dir", "../other"),
        ("build-dir", "/etc"),
        ("build-dir", "a\nb"),
        ("selected", "../builder"),
        ("selected", "$(id)"),
        ("skip-cleanup", "perhaps"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(paas: Harness, key: str, value: str) -> None:
    paas.app("shop")

    assert paas.run("builder:set", "shop", key, value).exit_code == 1
    assert paas.ok("builder:report", "shop", f"--builder-{key}") == "\n"


def test_what_was_detected_is_of_an_app_alone(paas: Harness) -> None:
    assert paas.run("builder:set", "--global", "detected", "made-here").exit_code == 2


def test_a_build_dir_narrows_the_source(paas: Harness, source: Source) -> None:
    shop = paas.app("shop")
    paas.ok("builder:set", "shop", "build-dir", "services/web")

    with paas.inside():
        narrowed = hooks.refine(hookspecs.post_extract, source, shop)

    assert narrowed.folder == source.folder / "services" / "web"
    assert narrowed.revision == source.revision


def test_without_a_build_dir_the_source_stays_as_it_is(paas: Harness, source: Source) -> None:
    shop = paas.app("shop")

    with paas.inside():
        assert folder.chosen(source, shop) is source


def test_a_link_within_the_source_may_be_the_build_dir(paas: Harness, source: Source) -> None:
    shop = paas.app("shop")
    (source.folder / "current").symlink_to("services/web")

    with paas.inside():
        SETTINGS.set(shop, "build-dir", "current")
        assert folder.chosen(source, shop).folder == source.folder / "services" / "web"


@pytest.mark.parametrize("name", ["missing", "file", "outside", "beside", "circle", "x" * 300])
def test_a_build_dir_that_is_no_folder_of_the_source_is_refused(paas: Harness, source: Source, name: str) -> None:
    shop = paas.app("shop")
    (source.folder / "file").touch()
    (source.folder / "outside").symlink_to("/etc")
    (source.folder / "circle").symlink_to("circle")
    beside = source.folder.with_name("tree-of-another")
    beside.mkdir()
    (source.folder / "beside").symlink_to(beside)

    with paas.inside():
        SETTINGS.set(shop, "build-dir", name)
        with pytest.raises(PaasError, match="has no folder") as refused:
            folder.chosen(source, shop)

    assert "builder:set shop build-dir" in str(refused.value.hint)


def test_a_clone_is_built_like_its_original(paas: Harness) -> None:
    paas.app("shop")
    paas.ok("builder:set", "shop", "build-dir", "services/web")

    paas.ok("apps:clone", "--skip-deploy", "shop", "copy")

    assert paas.ok("builder:report", "copy", "--builder-build-dir") == "services/web\n"


def test_nothing_is_kept_of_a_destroyed_app(paas: Harness) -> None:
    shop = paas.app("shop")
    paas.ok("builder:set", "shop", "build-dir", "services/web")
    paas.ok("apps:destroy", "--force", "shop")

    with paas.inside():
        assert state.properties("builder", shop.owner) == {}
        assert apps.find("shop") is None
