"""A deploy that is killed at any phase costs nothing: the old or the new release answers, and the next push works."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from testbed.client import Client, web
from testbed.system import REPOSITORY, System

BEFORE = ("extract", "receive", "build", "release", "start", "created", "check", "reload", "proxy")
AFTER = ("retire", "live")


@pytest.fixture(scope="module")
def sabotaged(system: System) -> Iterator[System]:
    system.ok("plugin:install", str(REPOSITORY / "tests" / "saboteur"))
    yield system
    system.ok("plugin:uninstall", "saboteur")


@pytest.mark.parametrize("phase", BEFORE + AFTER)
def test_a_deploy_that_is_killed_costs_nothing(sabotaged: System, ann: Client, phase: str) -> None:
    system, name = sabotaged, f"killed-{phase}"
    copy = ann.app(name, web("old"))
    assert ann.push(copy).code == 0
    sabotage(system, name, phase)

    ann.commit(copy, {"www/index.html": "new"})
    pushed = ann.push(copy)

    assert pushed.code == 1, pushed.all
    assert not order(system, name).exists(), "the deploy never came to this phase"
    # Before anything has cleaned up: requests may go to the new processes already, but never to none.
    assert ann.get(f"{name}.paas.test").body in ("old", "new")

    tick(system)
    expected = "new" if phase in AFTER else "old"
    assert ann.get(f"{name}.paas.test").body == expected
    assert_all_agree(system, name)

    ann.commit(copy, {"www/index.html": "newer"})
    pushed = ann.push(copy)
    assert pushed.code == 0, pushed.all
    assert ann.get(f"{name}.paas.test").body == "newer"
    tick(system)
    assert_all_agree(system, name)


@pytest.mark.parametrize("phase", ["release", "created", "proxy"])
def test_a_first_deploy_that_is_killed_leaves_nothing_that_runs(sabotaged: System, ann: Client, phase: str) -> None:
    system, name = sabotaged, f"first-{phase}"
    system.ok("apps:create", name)
    sabotage(system, name, phase)
    copy = ann.app(name, web("new"))

    assert ann.push(copy).code == 1
    tick(system)
    assert system.containers(name) == []

    pushed = ann.push(copy)
    assert pushed.code == 0, pushed.all
    assert ann.get(f"{name}.paas.test").body == "new"


@pytest.mark.parametrize("phase", ["retire", "live", "proxy"])
def test_a_restart_that_is_killed_costs_nothing(sabotaged: System, ann: Client, phase: str) -> None:
    system, name = sabotaged, f"again-{phase}"
    assert ann.push(ann.app(name, web("page"))).code == 0
    sabotage(system, name, phase)

    assert system.paas("ps:restart", name).code != 0
    assert ann.get(f"{name}.paas.test").body == "page"
    tick(system)

    assert ann.get(f"{name}.paas.test").body == "page"
    assert_all_agree(system, name)


def order(system: System, name: str) -> Path:
    return system.root / "plugins" / "saboteur" / name


def sabotage(system: System, name: str, phase: str) -> None:
    order(system, name).parent.mkdir(exist_ok=True)
    order(system, name).parent.chmod(0o777)  # the one who is to be killed removes the order
    order(system, name).write_text(phase)


def tick(system: System) -> None:
    """What a minute brings: the leftovers are seen, and then what was planned for them is due."""
    for _ in range(2):
        system.ok("tick")
        system.make_tasks_due()
    system.ok("tick")


def assert_all_agree(system: System, name: str) -> None:
    """The store, the containers and the images tell the same of an app, and nothing is left over."""
    live = system.query(
        "SELECT json_extract(record, '$.image.id') AS image FROM releases JOIN apps ON app_id = apps.id "
        "WHERE name = ? AND status = 'live'",
        name,
    )
    pending = system.query(
        "SELECT 1 FROM releases JOIN apps ON app_id = apps.id WHERE name = ? AND status = 'pending'", name
    )
    known = system.query("SELECT container FROM processes JOIN apps ON app_id = apps.id WHERE name = ?", name)
    assert not pending
    assert system.query("SELECT * FROM intents") == []
    assert sorted(system.containers(name)) == sorted(row["container"] for row in known)
    assert system.slots(name) == ["web.1"]
    assert [row["image"] in system.images(name) for row in live] == [True]
