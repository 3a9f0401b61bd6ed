"""An app's list of buildpacks, and what a source is built with."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from paas import App, PaasError, Source, deployment, hooks, hookspecs
from paas.testing import Harness, Inventory
from paas_buildpacks import kept
from paas_docker.testing import FakeDocker


@pytest.fixture
def shop(paas: Harness) -> App:
    return paas.app()


@pytest.fixture
def source(tmp_path: Path) -> Source:
    (tmp_path / "tree").mkdir()
    return Source(tmp_path / "tree", "0123abcd", "git-push")


def buildpack(folder: Path, name: str = "perl") -> str:
    """The URL of a repository with a buildpack."""
    place = folder / name
    for program in ("detect", "compile"):
        (place / "bin").mkdir(parents=True, exist_ok=True)
        (place / "bin" / program).touch(mode=0o755)
    git = ["git", "-C", str(place), "-c", "user.name=A", "-c", "user.email=a@example.com"]
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", place], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "--quiet", "-m", "all"], check=True)
    return f"file://{place}"


def listed(paas: Harness) -> list[str]:
    found: list[str] = json.loads(paas.ok("buildpacks:list", "shop", "--format", "json"))
    return found


def keep(paas: Harness, app: App, *packs: str) -> None:
    with paas.inside():
        kept.keep(app, packs)


def test_buildpacks_are_listed_in_the_order_in_which_they_run(paas: Harness, shop: App, tmp_path: Path) -> None:
    one, two, three = (buildpack(tmp_path, name) for name in ("one", "two", "three"))

    paas.ok("buildpacks:add", "shop", one)
    paas.ok("buildpacks:add", "shop", f"{two}#main")
    paas.ok("buildpacks:add", "--index", "1", "shop", three)

    shown = paas.ok("buildpacks:list", "shop")
    assert shown.splitlines() == [
        "-----> shop buildpack urls",
        f"       {three}",
        f"       {one}",
        f"       {two}#main",
    ]
    assert paas.ok("buildpacks:report", "shop", "--buildpacks-list") == f"{three},{one},{two}#main\n"


def test_a_place_beyond_the_end_is_the_end(paas: Harness, shop: App, tmp_path: Path) -> None:
    paas.ok("buildpacks:add", "--index", "9", "shop", one := buildpack(tmp_path, "one"))
    paas.ok("buildpacks:set", "--index", "9", "shop", two := buildpack(tmp_path, "two"))

    assert listed(paas) == [one, two]
    refused = paas.run("buildpacks:add", "--index", "0", "shop", one)
    assert refused.exit_code == 2


def test_one_takes_the_place_of_another_or_several_of_all(paas: Harness, shop: App, tmp_path: Path) -> None:
    one, two, three = (buildpack(tmp_path, name) for name in ("one", "two", "three"))
    keep(paas, shop, one, two)

    paas.ok("buildpacks:set", "shop", three)
    assert listed(paas) == [three, two]
    paas.ok("buildpacks:set", "--replace", "shop", two, one, two)
    assert listed(paas) == [two, one]

    assert paas.run("buildpacks:set", "shop", one, three).exit_code == 2
    assert paas.run("buildpacks:set", "--replace", "--index", "1", "shop", one).exit_code == 2
    assert "already, at 1" in paas.run("buildpacks:set", "--index", "2", "shop", two).stderr
    assert listed(paas) == [two, one]


def test_one_is_removed_by_its_url_or_by_its_place_and_all_at_once(paas: Harness, shop: App) -> None:
    packs = [f"https://github.com/heroku/heroku-buildpack-{name}.git" for name in ("ruby", "go", "php")]
    keep(paas, shop, *packs)

    assert paas.ok("buildpacks:remove", "shop", "heroku/go") == f"-----> Removing {packs[1]}\n"
    assert paas.ok("buildpacks:remove", "--index", "2", "shop") == f"-----> Removing {packs[2]}\n"
    assert listed(paas) == packs[:1]

    assert paas.run("buildpacks:remove", "--index", "2", "shop").exit_code == 1
    assert paas.run("buildpacks:remove", "shop", "heroku/go").exit_code == 1
    assert paas.run("buildpacks:remove", "shop").exit_code == 2
    assert paas.run("buildpacks:remove", "--index", "1", "shop", "heroku/ruby").exit_code == 2
    paas.ok("buildpacks:clear", "shop")
    assert listed(paas) == []
    assert "has no list" in paas.run("buildpacks:remove", "--index", "1", "shop").stderr


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("perl", "is not the URL of a buildpack"),
        ("file:///nowhere/at/all", "can't be fetched"),
        ("{url}#elsewhere", "can't be fetched"),
        ("{url}#main:folder", "is no buildpack"),
        ("{empty}", "can't be fetched"),
    ],
)
def test_what_is_known_to_be_broken_is_refused(paas: Harness, shop: App, tmp_path: Path, text: str, why: str) -> None:
    subprocess.run(["git", "init", "--quiet", "--bare", tmp_path / "empty"], check=True)
    wanted = text.format(url=buildpack(tmp_path), empty=f"file://{tmp_path}/empty")

    for verb in (["add"], ["set"], ["set", "--replace"]):
        refused = paas.run(f"buildpacks:{verb[0]}", *verb[1:], "shop", wanted)
        assert (refused.exit_code, why in refused.stderr) == (1, True), refused.stderr

    assert listed(paas) == []
    assert list(paas.paths.scratch.glob("*")) == []


def test_of_a_server_that_does_not_answer_nothing_is_known(paas: Harness, shop: App) -> None:
    said = paas.run("buildpacks:add", "shop", "https://127.0.0.1:9/perl.git")

    assert said.exit_code == 0
    assert "tried again by the next build" in said.stderr
    assert listed(paas) == ["https://127.0.0.1:9/perl.git"]


def test_a_list_goes_before_what_the_source_says_and_app_json_before_the_file(
    paas: Harness, shop: App, source: Source, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("mine")
    (source.folder / ".buildpacks").symlink_to(secret)
    file = source.folder / ".buildpacks"
    (source.folder / "app.json").write_text('{"buildpacks": [{"url": "heroku/go"}, {"url": "file:///srv/perl#v1:a"}]}')

    assert extracted(paas, shop, source) == "https://github.com/heroku/heroku-buildpack-go.git\nfile:///srv/perl#v1:a\n"
    assert not file.is_symlink()
    assert secret.read_text() == "mine"

    keep(paas, shop, "https://example.com/ruby.git#v2")
    assert extracted(paas, shop, source) == "https://example.com/ruby.git#v2\n"


@pytest.mark.parametrize("entries", ['"heroku/go"', '["heroku/go"]', '[{"url": 1}]', '[{"url": "a b"}]'])
def test_app_json_that_names_something_else_refuses_the_push(
    paas: Harness, shop: App, source: Source, entries: str
) -> None:
    (source.folder / "app.json").write_text(f'{{"buildpacks": {entries}}}')

    with paas.inside(), pytest.raises(PaasError, match="buildpack"):
        hooks.refine(hookspecs.post_extract, source, shop)


def extracted(paas: Harness, app: App, source: Source) -> str:
    with paas.inside():
        return (hooks.refine(hookspecs.post_extract, source, app).folder / ".buildpacks").read_text()


@pytest.mark.parametrize("sign", ["list", ".buildpacks", ".env", "BUILDPACK_URL"])
def test_who_names_buildpacks_means_them_beside_a_dockerfile_too(
    paas: Harness, shop: App, source: Source, inventory: Inventory, sign: str
) -> None:
    inventory.real = True
    (source.folder / "Dockerfile").write_text("FROM scratch")
    assert builder(paas, shop, source) == "builder-dockerfile"

    if sign == "list":
        keep(paas, shop, "file:///srv/perl")
    elif sign == "BUILDPACK_URL":
        paas.ok("config:set", "--no-restart", "shop", "BUILDPACK_URL=file:///srv/perl")
    else:
        (source.folder / sign).write_text("BUILDPACK_URL=file:///srv/perl\n" if sign == ".env" else "")

    assert builder(paas, shop, source) == "builder-herokuish"
    paas.ok("builder-herokuish:set", "shop", "allowed", "false")
    assert builder(paas, shop, source) == "builder-dockerfile"
    paas.ok("builder-herokuish:set", "shop", "allowed")
    image = Source(source.folder, source.revision, "docker-image")
    (source.folder / ".buildpacks").unlink(missing_ok=True)
    assert builder(paas, shop, image) == "builder-dockerfile", "an image needs no buildpacks"


def builder(paas: Harness, app: App, source: Source) -> str:
    with paas.inside():
        return deployment.choose_builder(app, hooks.refine(hookspecs.post_extract, source, app))


def test_the_image_is_chosen_for_an_app_or_for_all(
    paas: Harness, shop: App, docker: FakeDocker, inventory: Inventory, source: Source
) -> None:
    inventory.real = True
    paas.real.add("tar")
    for name in ("example/all:1", "example/shop:1"):
        docker.add_image(name, entrypoint=("echo", name))

    paas.ok("buildpacks:set-property", "--global", "stack", "example/all:1")
    assert said_by_detection(paas) == "example/all:1"
    assert paas.ok("buildpacks:set-property", "shop", "stack", "example/shop:1").startswith("-----> Setting stack to")
    assert said_by_detection(paas) == "example/shop:1"

    report = json.loads(paas.ok("buildpacks:report", "shop", "--format", "json"))
    assert report == {
        "stack": "example/shop:1",
        "computed-stack": "example/shop:1",
        "global-stack": "example/all:1",
        "list": "",
    }
    paas.ok("buildpacks:set-property", "shop", "stack")
    assert paas.ok("buildpacks:report", "shop", "--buildpacks-computed-stack") == "example/all:1\n"
    assert paas.run("buildpacks:set-property", "shop", "stack", "a b").exit_code == 1
    assert paas.run("buildpacks:set-property", "shop", "color", "red").exit_code == 2


def said_by_detection(paas: Harness) -> str:
    """The name of the image in which detection ran, which it prints before its words."""
    app = paas.app()
    if not _has_commits(repository := paas.paths.repository(app.name)):
        _commit(repository)
    return paas.ok("buildpacks:detect", "shop").split()[0]


def _has_commits(repository: Path) -> bool:
    return bool(subprocess.run(["git", "-C", repository, "for-each-ref"], capture_output=True, check=True).stdout)


def _commit(repository: Path) -> None:
    git = ["git", "-C", str(repository), "-c", "user.name=A", "-c", "user.email=a@example.com"]

    def said(*words: str, text: str = "") -> str:
        done = subprocess.run([*git, *words], input=text, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    blob = said("hash-object", "-w", "--stdin", text="print(1)\n")
    tree = said("mktree", text=f"100644 blob {blob}\tapp.py\n")
    commit = said("commit-tree", tree, "-m", "all")
    for branch in ("master", "other"):
        said("update-ref", f"refs/heads/{branch}", commit)


def test_detection_is_of_what_was_pushed(paas: Harness, shop: App, docker: FakeDocker, inventory: Inventory) -> None:
    inventory.real = True
    paas.real.add("tar")
    docker.add_image("example/all:1", entrypoint=("echo",))
    paas.ok("buildpacks:set-property", "--global", "stack", "example/all:1")

    assert "Nothing was pushed" in paas.run("buildpacks:detect", "shop").stderr
    _commit(paas.paths.repository("shop"))
    assert "buildpack detect" in paas.ok("buildpacks:detect", "shop")
    assert "buildpack detect" in paas.ok("buildpacks:detect", "shop", "--branch", "other")
    assert "has no branch --all" in paas.run("buildpacks:detect", "shop", "--branch=--all").stderr

    docker.add_image("example/none:1", entrypoint=("sh", "-c", "false"))
    paas.ok("buildpacks:set-property", "shop", "stack", "example/none:1")
    assert "detection ended with 1" in paas.run("buildpacks:detect", "shop").stderr
    assert docker.containers({}) == []


def test_a_copy_has_the_list_and_the_image(paas: Harness, shop: App) -> None:
    keep(paas, shop, "file:///srv/perl")
    paas.ok("buildpacks:set-property", "shop", "stack", "example/shop:1")
    paas.ok("apps:clone", "shop", "copy")

    assert paas.ok("buildpacks:report", "copy", "--buildpacks-list") == "file:///srv/perl\n"
    assert paas.ok("buildpacks:report", "copy", "--buildpacks-stack") == "example/shop:1\n"
    assert paas.run("buildpacks:list", "none").exit_code == 20
