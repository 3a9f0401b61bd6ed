"""A deploy that is killed at any phase costs nothing: the old or the new release answers, and the next push works."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from testbed import sabotage
from testbed.client import web
from testbed.sabotage import minute_passes
from testbed.site import Site, live
from testbed.system import System
from testbed.truth import assert_nothing_is_left

BEFORE = ("extract", "receive", "build", "release", "start", "created", "check", "reload", "proxy")
AFTER = ("retire", "live")
TURNS = 10 if os.environ.get("PAAS_TEST_SOAK") else 1
repeated = pytest.mark.parametrize("turn", range(TURNS))


@pytest.fixture(scope="module")
def site(shaky: System, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    yield live(shaky, tmp_path_factory.mktemp("crashes"), "killed", "first")
    shaky.ok("apps:destroy", "--force", "killed")


@pytest.fixture(scope="module")
def coloured(shaky: System, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with two releases, red and blue, each with a variable of its own."""
    shaky.ok("apps:create", "coloured")
    shaky.ok("config:set", "coloured", "COLOUR=red")
    site = live(shaky, tmp_path_factory.mktemp("rollbacks"), "coloured", "red")
    shaky.ok("config:set", "--no-restart", "coloured", "COLOUR=blue")
    site.show("blue")
    yield site
    shaky.ok("apps:destroy", "--force", "coloured")


@pytest.mark.parametrize("phase", BEFORE + AFTER)
@repeated
def test_a_deploy_that_is_killed_costs_nothing(site: Site, phase: str, turn: int) -> None:
    old, new = site.shown(), f"killed at {phase}, {turn}"
    sabotage.give(site.system, site.name, phase)

    site.change(new)
    killed = site.push()

    assert killed.code == 1, killed.all
    assert_it_was_killed(site)
    # Before anything has cleaned up: requests may go to the new processes already, but never to none.
    assert site.shown() in (old, new)

    minute_passes(site.system)
    assert site.shown() == (new if phase in AFTER else old)
    assert_nothing_is_left(site.system, site.name)

    site.show(f"after {phase}, {turn}")
    minute_passes(site.system)
    assert_nothing_is_left(site.system, site.name)


@pytest.mark.parametrize("phase", ["release", "created", "proxy"])
@repeated
def test_a_first_deploy_that_is_killed_leaves_nothing_that_runs(
    shaky: System, tmp_path: Path, phase: str, turn: int
) -> None:
    shaky.ok("apps:create", "new")
    client = shaky.client(tmp_path / phase)
    site = Site(shaky, client, client.app("new", web("page")))
    sabotage.give(shaky, site.name, phase)

    assert site.push().code == 1
    assert_it_was_killed(site)
    minute_passes(shaky)
    assert shaky.containers(site.name) == []

    pushed = site.push()
    assert pushed.code == 0, pushed.all
    assert site.shown() == "page"
    shaky.ok("apps:destroy", "--force", site.name)


@pytest.mark.parametrize("phase", ["retire", "live", "proxy"])
@repeated
def test_a_restart_that_is_killed_costs_nothing(site: Site, phase: str, turn: int) -> None:
    page = site.shown()
    sabotage.give(site.system, site.name, phase)

    assert site.system.paas("ps:restart", site.name).code != 0
    assert_it_was_killed(site)
    assert site.shown() == page
    minute_passes(site.system)

    assert site.shown() == page
    assert_nothing_is_left(site.system, site.name)


@pytest.mark.parametrize("phase", ["created", "proxy", "retire", "live"])
@repeated
def test_a_rollback_that_is_killed_brings_all_back_or_nothing(coloured: Site, phase: str, turn: int) -> None:
    system, name, now = coloured.system, coloured.name, coloured.shown()
    then = "blue" if now == "red" else "red"
    sabotage.give(system, name, phase)

    assert system.paas("releases:rollback", name).code != 0
    assert_it_was_killed(coloured)
    minute_passes(system)

    expected = then if phase in AFTER else now
    assert coloured.shown() == expected
    assert system.environment(name)["COLOUR"] == expected
    assert system.ok("config:get", name, "COLOUR") == f"{expected}\n"
    assert_nothing_is_left(system, name)
    system.ok("releases:rollback", name)
    assert coloured.shown() == ("blue" if expected == "red" else "red")


def assert_it_was_killed(site: Site) -> None:
    assert not sabotage.order(site.system, site.name).exists(), "the deploy never came to this phase"
