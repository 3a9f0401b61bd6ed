"""Upgrades of a kind, on a stand-in Docker: what the service is afterwards, whatever fails on the way."""

from __future__ import annotations

import os
from contextlib import nullcontext
from dataclasses import replace

import pytest

from paas import PaasError
from paas.testing import Harness
from paas_docker.testing import FakeDocker
from paas_services import aside, containers, kept, leftovers, turns, upgrading
from paas_services.api import Held, Kind
from paas_services.testing import BOX, ROWS, refused


def facts(box: Harness, *names: str) -> list[str]:
    return box.ok("box:info", "orders", *(f"--{name}" for name in names)).splitlines()


def folders(box: Harness) -> list[str]:
    return sorted(os.listdir(box.paths.services / "box" / "orders"))


def test_a_new_version_holds_what_the_old_one_did_in_a_new_folder(box: Harness, docker: FakeDocker) -> None:
    box.ok("box:create", "orders")
    box.ok("box:link", "orders", "shop")
    url = box.ok("box:info", "orders", "--dsn")

    said = box.ok("box:upgrade", "orders", "--image-version", "2", "--custom-env", "NEW=1")

    assert "rows of orders as counted\n" in said
    assert facts(box, "status", "version") == ["running", "box:2"]
    assert folders(box) == ["config", "data-2"]
    assert len(docker.containers({})) == 1
    assert "NEW=1" in docker.inspect(facts(box, "id")[0])["Config"]["Env"]
    assert box.ok("box:info", "orders", "--dsn") == url
    box.ok("box:upgrade", "orders", "--image-version", "2", "-m", "64")
    assert folders(box) == ["config", "data-2"], "the same version needs no copy"
    box.ok("box:upgrade", "orders", "--image", "other/box")
    assert folders(box) == ["config", "data-2-2"]


def test_no_version_is_never_the_latest(box: Harness) -> None:
    box.ok("box:create", "orders")

    assert "To which version? orders is box:1." in refused(box, "box:upgrade", "orders")
    assert "can't be 'yes'" in refused(box, "box:upgrade", "orders", "-I", "2", "--restart-apps", "yes")


@pytest.mark.parametrize("failing", ["pull", "enter"])
def test_an_upgrade_that_fails_leaves_the_service_as_it_was(box: Harness, docker: FakeDocker, failing: str) -> None:
    box.ok("box:create", "orders")
    docker.refusals[failing] = "no space left on device"

    assert "no space left on device" in refused(box, "box:upgrade", "orders", "--image-version", "2")

    assert facts(box, "status", "version") == ["running", "box:1"]
    assert folders(box) == ["config", "data"]
    assert len(docker.containers({})) == 1


def test_a_version_that_holds_less_is_given_up(
    box: Harness, docker: FakeDocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.ok("box:create", "orders")
    enter = docker.enter

    def lose(*args: object, **given: object) -> int:
        if "cat" in args[1]:  # type: ignore[operator]
            monkeypatch.setitem(ROWS, "orders", 2)
        return enter(*args, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(docker, "enter", lose)

    assert "orders has 2 rows instead of 3" in refused(box, "box:upgrade", "orders", "--image-version", "2")
    assert facts(box, "status", "version") == ["running", "box:1"]
    assert folders(box) == ["config", "data"]


def test_what_a_dump_would_not_hold_is_not_left_behind(box: Harness, kind: Kind) -> None:
    box.ok("box:create", "orders")
    beyond = replace(BOX, frozen=lambda _: nullcontext(Held(beyond=["the database other"])))

    with box.inside():
        service = kept.load(kind, "orders")
        with pytest.raises(PaasError, match="also holds the database other"):
            upgrading.upgrade(beyond, service, lambda now: replace(now, version="2"))

    assert facts(box, "status", "version") == ["running", "box:1"]


def test_a_version_that_never_answers_gives_way_to_the_old_one(
    box: Harness, docker: FakeDocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.ok("box:create", "orders")
    starts = []

    def wait(_: object, __: Kind, service: object, id: str) -> None:
        starts.append(id)
        if len(starts) == 3:  # the old and the new one aside, and now in its place
            raise PaasError("It does not answer.")

    monkeypatch.setattr(containers, "wait", wait)

    assert "It does not answer." in refused(box, "box:upgrade", "orders", "--image-version", "2")
    assert facts(box, "status", "version") == ["running", "box:1"]
    assert folders(box) == ["config", "data"]


def test_cleanup_removes_what_a_killed_upgrade_has_left_and_nothing_else(
    box: Harness, docker: FakeDocker, kind: Kind
) -> None:
    box.ok("box:create", "orders")
    with box.inside():
        service = kept.load(kind, "orders")
        aside.run(kind, replace(service, data="data-2"))
        with turns.aside(service):
            assert list(leftovers.leftovers()) == [], "an upgrade is going on"
        found = list(leftovers.leftovers())
        assert [(each.kind, each.name.rpartition("/")[2].rpartition("orders-")[2]) for each in found] == [
            ("container", "data-2-aside"), ("folder", "data-2")
        ]  # fmt: skip
        for each in found:
            each.remove()
        assert list(leftovers.leftovers()) == []

    assert facts(box, "status") == ["running"]
    assert folders(box) == ["config", "data"]


def test_a_start_ends_what_a_killed_upgrade_runs_on_the_same_data(box: Harness, docker: FakeDocker, kind: Kind) -> None:
    box.ok("box:create", "orders")
    box.ok("box:stop", "orders")
    with box.inside():
        aside.run(kind, kept.load(kind, "orders"))
    assert len(docker.containers({})) == 1

    box.ok("box:start", "orders")

    assert [state.labels.get(containers.SERVICE) for state in docker.containers({})] == ["box/orders"]
