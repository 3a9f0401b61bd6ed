from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from paas import Image, PaasError, Release, deployment, hookimpl, releases
from paas.testing import Harness, Inventory
from paas_docker.testing import FakeDocker
from paas_releases import comparing, history
from paas_scheduler_docker.testing import Stage


@pytest.fixture
def stage_also() -> Sequence[str]:
    return ("paas-releases", "paas-config", "paas-domains", "paas-builder", "paas-colours")


@dataclass
class Versions:
    """Pushes versions of an app, each with an image of its own."""

    stage: Stage
    docker: FakeDocker

    def push(self, version: str, **files: str) -> Release:
        labels = {"paas.system": str(self.stage.paas.paths.root)}
        made = self.docker.add_image(f"{version}:latest", {"VERSION": version}, command=("serve",), labels=labels)
        self.stage.image = Image(made.id, "stage")
        return self.stage.deploy(**{"Procfile": "web: serve\n", **files})

    def image(self, number: int) -> str:
        return self.release(number).image.id

    def release(self, number: int) -> Release:
        shop = self.stage.paas.app("shop")
        with self.stage.paas.inside():
            return history.load(shop, number)


@pytest.fixture
def versions(stage: Stage, docker: FakeDocker) -> Versions:
    return Versions(stage, docker)


# Which release


def test_a_rollback_goes_to_the_release_before_with_the_variables_of_then(versions: Versions, paas: Harness) -> None:
    paas.app("shop")
    paas.ok("config:set", "shop", "COLOUR=red", "OLD=1")
    one = versions.push("one", Procfile="web: serve\nworker: work\n")
    paas.ok("config:set", "--no-restart", "shop", "COLOUR=blue", "NEW=1")
    paas.ok("config:unset", "--no-restart", "shop", "OLD")
    versions.push("two")

    printed = paas.ok("releases:rollback", "shop")

    live = versions.stage.live()
    assert (live.number, live.reason, live.image) == (3, "releases:rollback 1", one.image)
    assert live.config == {"COLOUR": "red", "OLD": "1"}
    assert live.processes == one.processes
    assert paas.ok("config:export", "--format", "envfile", "shop") == 'COLOUR="red"\nOLD="1"\n'
    assert "-----> Rolling shop back to release 1 (c0ffee)" in printed
    assert "As it is now" not in printed


def test_a_restart_is_not_what_a_rollback_goes_back_to(versions: Versions, paas: Harness) -> None:
    one = versions.push("one")
    versions.push("two")
    paas.ok("ps:restart", "shop")

    paas.ok("releases:rollback", "shop")
    assert versions.stage.live().image == one.image

    paas.ok("releases:rollback", "shop")
    assert versions.stage.live().reason == "releases:rollback 3", "and back again"


def test_a_change_of_config_can_be_taken_back(versions: Versions, paas: Harness) -> None:
    versions.push("one")
    paas.ok("config:set", "shop", "WRONG=1")

    paas.ok("releases:rollback", "shop")

    assert paas.ok("config:keys", "shop") == ""


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("7", "shop has no release 7"),
        ("2", "Release 2 never was live"),
        ("3", "Release 3 is live"),
    ],
)
def test_what_cannot_be_gone_back_to_is_named(versions: Versions, paas: Harness, number: str, said: str) -> None:
    versions.push("one")
    with paas.inside(), pytest.raises(PaasError, match="exit code 3"):
        versions.push("broken", Procfile="web: exit 3\n")
    versions.push("two")

    refused = paas.run("releases:rollback", "shop", number)

    assert refused.exit_code == 1
    assert said in refused.stderr
    if number == "2":
        assert "shop can go back to: 1" in refused.stderr


def test_an_app_that_ran_nothing_else_has_nothing_to_go_back_to(versions: Versions, paas: Harness) -> None:
    paas.app("shop")
    assert "has not been deployed" in paas.run("releases:rollback", "shop").stderr

    versions.push("one")
    assert "ran nothing else before release 1" in paas.run("releases:rollback", "shop").stderr


# What comes back


def test_a_rollback_that_does_not_start_changes_nothing(versions: Versions, paas: Harness) -> None:
    paas.app("shop")
    paas.ok("config:set", "shop", "COLOUR=red")
    versions.push("one")
    paas.ok("config:set", "--no-restart", "shop", "COLOUR=blue")
    two = versions.push("two")
    versions.stage.refuses = True

    refused = paas.run("releases:rollback", "shop")

    assert refused.exit_code == 1
    assert versions.stage.live().id == two.id
    assert paas.ok("config:get", "shop", "COLOUR") == "blue\n"
    assert paas.ok("--quiet", "releases:list", "shop", "--format", "json").count('"failed"') == 1


def test_how_many_run_stays_and_is_said_unless_it_is_to_come_back(versions: Versions, paas: Harness) -> None:
    versions.push("one")
    paas.ok("ps:scale", "shop", "web=2")
    versions.push("two")

    printed = paas.ok("releases:rollback", "shop")
    assert "As it is now, and not as in release 1:\n       ~ formation web: 1 -> 2" in printed
    assert versions.stage.running() == ["web.1", "web.2"]

    paas.ok("releases:rollback", "shop", "1", "--with", "formation")
    assert versions.stage.running() == ["web.1"]
    assert paas.ok("--quiet", "ps:scale", "shop") == "web:  1\n"


def test_domains_come_back_if_they_are_asked_for_and_free(versions: Versions, paas: Harness) -> None:
    paas.app("shop")
    paas.ok("domains:set", "shop", "old.example.com")
    versions.push("one")
    paas.ok("domains:set", "shop", "new.example.com")
    versions.push("two")

    printed = paas.ok("releases:rollback", "shop")
    assert "- domains old.example.com" in printed
    assert list(versions.stage.live().domains) == ["new.example.com"]

    paas.app("thief")
    paas.ok("domains:set", "thief", "old.example.com")
    before = versions.stage.live()
    refused = paas.run("releases:rollback", "shop", "1", "--with", "domains")
    assert refused.exit_code == 1
    assert "old.example.com already belongs to thief" in refused.stderr
    assert versions.stage.live() == before

    paas.ok("domains:clear", "thief")
    paas.ok("releases:rollback", "shop", "1", "--with", "domains")
    assert list(versions.stage.live().domains) == ["old.example.com"]
    assert "old.example.com" in paas.ok("domains:report", "shop")


def test_what_a_plugin_has_set_stays(versions: Versions, paas: Harness) -> None:
    from paas_config import api as config

    shop = paas.app("shop")
    paas.ok("config:set", "shop", "DATABASE_URL=mine")
    versions.push("one")
    with paas.inside():
        config.set(shop, {"DATABASE_URL": "linked", "REDIS_URL": "linked"}, by="redis")
    versions.push("two")

    printed = paas.ok("releases:rollback", "shop")

    assert versions.stage.live().config == {"DATABASE_URL": "linked", "REDIS_URL": "linked"}
    assert "~ config DATABASE_URL\n       + config REDIS_URL\n" in printed
    assert "linked" not in printed


def test_a_plugin_of_anyones_can_keep_a_part(versions: Versions, paas: Harness, inventory: Inventory) -> None:
    colours = ["red"]

    @hookimpl
    def release_parts() -> Mapping[str, object]:
        return {"colours": list(colours)}

    @hookimpl
    def restore_parts(parts: Mapping[str, list[str]]) -> None:
        colours[:] = parts.get("colours", colours)

    inventory.plugin("colours", release_parts, restore_parts)
    versions.push("one")
    colours[:] = ["blue"]
    versions.push("two")

    paas.ok("releases:rollback", "shop")
    assert colours == ["blue"]
    paas.ok("releases:rollback", "shop", "1", "--with", "colours")
    assert colours == ["red"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("mounts", 1, "Release 1 has kept no mounts to bring back.\n !     It has kept: domains, formation"),
        ("formation,", 2, "--with takes names"),
    ],
)
def test_a_part_that_is_not_there_is_refused(
    versions: Versions, paas: Harness, words: str, code: int, said: str
) -> None:
    versions.push("one")
    versions.push("two")

    refused = paas.run("releases:rollback", "shop", "--with", words)

    assert refused.exit_code == code
    assert said in refused.stderr
    assert versions.stage.live().number == 2


# Which images stay


def test_the_images_of_the_last_releases_stay(versions: Versions, paas: Harness) -> None:
    paas.ok("releases:set", "--global", "keep", "2")
    for version in ("one", "two", "three"):
        versions.push(version)
        paas.ok("ps:restart", "shop")
    shop = paas.app("shop")

    with paas.inside():
        needed = deployment.needed_images(shop)

    assert needed == {versions.image(3), versions.image(5)}


def test_a_release_whose_image_is_gone_says_so(versions: Versions, paas: Harness) -> None:
    for version in ("one", "two", "three"):
        versions.push(version)
    with paas.inside():
        for container in versions.docker.containers({}):
            if container.image == versions.image(1):
                versions.docker.remove(container.id)
        versions.docker.remove_image(versions.image(1))

    refused = paas.run("releases:rollback", "shop", "1")

    assert refused.exit_code == 1
    assert refused.stderr.splitlines() == [
        " !     The image of release 1 is gone.",
        " !     shop can go back to: 2",
    ]
    listed = json.loads(paas.ok("releases:list", "shop", "--format", "json"))
    assert [(r["number"], r["image_kept"]) for r in listed] == [(3, True), (2, True), (1, False)]
    assert paas.ok("releases:report", "shop", "--releases-can-go-back-to") == "2\n"


@pytest.mark.parametrize("value", ["0", "101", "many"])
def test_how_many_stay_is_a_number(paas: Harness, value: str) -> None:
    assert paas.run("releases:set", "--global", "keep", value).exit_code == 1


# What is shown


def test_releases_are_listed_with_who_when_and_why(versions: Versions, paas: Harness) -> None:
    assert paas.app("shop")
    versions.push("one")
    paas.ok("config:set", "shop", "A=1", key="ann")

    lines = paas.ok("releases:list", "shop").splitlines()

    assert lines[0] == "=====> shop releases"
    assert lines[1].split() == ["Release", "Status", "Commit", "By", "At", "Why", "Image"]
    assert lines[2].split()[:4] == ["2", "live", "c0ffee", "ann"]
    assert lines[2].split()[-2:] == ["config:set", "kept"]
    assert paas.ok("releases:list", "shop", "-n", "1").splitlines()[-1] == "       … and 1 older ones; see --num"


def test_a_release_shows_names_of_variables_and_values_when_asked(versions: Versions, paas: Harness) -> None:
    paas.app("shop")
    paas.ok("config:set", "shop", "SECRET=xyzzy")
    versions.push("one")

    assert "xyzzy" not in paas.ok("releases:info", "shop", "1")
    assert "xyzzy" not in paas.ok("releases:info", "shop", "1", "--format", "json")
    assert "xyzzy" in paas.ok("releases:info", "shop", "1", "--values")
    told = json.loads(paas.ok("releases:info", "shop", "1", "--values", "--format", "json"))
    assert told["config"] == {"SECRET": "xyzzy"}
    assert told["processes"] == {"web": "serve"}


def test_a_difference_shows_names_of_variables_and_values_when_asked(versions: Versions, paas: Harness) -> None:
    paas.app("shop")
    paas.ok("config:set", "shop", "COLOUR=red", "GONE=1")
    versions.push("one")
    paas.ok("config:set", "--no-restart", "shop", "COLOUR=blue", "NEW=1")
    paas.ok("config:unset", "--no-restart", "shop", "GONE")
    versions.push("two", Procfile="web: serve\nworker: work\n")

    lines = paas.ok("releases:diff", "shop", "1", "2").splitlines()
    told = json.loads(paas.ok("releases:diff", "shop", "1", "2", "--format", "json"))

    assert lines[0] == "=====> shop from release 1 to 2"
    assert lines[1].startswith("       ~ image: ")
    assert lines[2:] == [
        "       + processes worker: work",
        "       + formation worker: 0",
        "       ~ config COLOUR",
        "       - config GONE",
        "       + config NEW",
    ]
    assert told["config"] == {"added": ["NEW"], "removed": ["GONE"], "changed": ["COLOUR"]}
    assert "~ config COLOUR: red -> blue" in paas.ok("releases:diff", "shop", "1", "2", "--show-values")
    assert paas.ok("releases:diff", "shop", "1", "1").splitlines()[1] == "       (they are the same)"


def test_a_value_that_was_added_or_removed_stands_alone() -> None:
    old, new = (Release(Image("i", "b"), config={f"V{n}": "x"}, number=n) for n in (1, 2))

    found = list(comparing.changes(old, new))

    assert comparing.lines(found, values=True) == ["- config V1: x", "+ config V2: x"]


# The life of an app


def test_a_clone_has_releases_of_its_own_and_the_settings(versions: Versions, paas: Harness) -> None:
    versions.push("one")
    versions.push("two")
    paas.ok("releases:set", "shop", "keep", "7")

    paas.ok("apps:clone", "shop", "copy")

    assert [r["number"] for r in json.loads(paas.ok("releases:list", "copy", "--format", "json"))] == [1]
    assert paas.ok("releases:report", "copy", "--releases-keep") == "7\n"
    assert "ran nothing else" in paas.run("releases:rollback", "copy").stderr


def test_releases_go_with_a_renamed_app(versions: Versions, paas: Harness) -> None:
    one = versions.push("one")
    versions.push("two")
    paas.ok("apps:rename", "shop", "store")

    paas.ok("releases:rollback", "store")

    store = paas.app("store")
    with paas.inside():
        live = releases.live(store)
    assert live is not None
    assert (live.number, live.image) == (4, one.image)


def test_records_stay_up_to_a_number(versions: Versions, paas: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MAX_RECORDS", 2)
    for version in ("one", "two", "three"):
        versions.push(version)

    assert [r["number"] for r in json.loads(paas.ok("releases:list", "shop", "--format", "json"))] == [3, 2]


def test_an_app_that_does_not_exist_is_said_so(paas: Harness) -> None:
    for verb in ("releases:list none", "releases:info none 1", "releases:diff none 1 2", "releases:rollback none"):
        assert paas.run(*verb.split()).exit_code == 20
