from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from paas import PaasError, hookimpl, locks, state, tasks
from paas.context import Context, use
from paas.tasks import Task
from paas.testing import Harness, Inventory


@pytest.fixture
def done(inventory: Inventory) -> list[Any]:
    """What the plugin `mail` was asked to do; it fails at what is called `fail`."""
    done: list[Any] = []

    @hookimpl
    def perform(task: Task) -> None:
        done.append((task.name, dict(task.payload)))
        if task.name == "fail":
            raise PaasError("the server is down")
        if task.name == "break":
            raise SystemExit(1)

    @hookimpl
    def tick(now: float) -> None:
        done.append("tick")

    inventory.plugin("mail", perform, tick)
    return done


@pytest.fixture(autouse=True)
def inside(paas: Harness) -> Iterator[Context]:
    with paas.inside() as context:
        yield context


def due(plugin: str, name: str, **payload: Any) -> None:
    tasks.plan(plugin, name, payload, after=-1)


def test_what_is_due_is_done_once_in_its_order(paas: Harness, done: list[Any]) -> None:
    tasks.plan("mail", "second", {"to": "ann"}, after=-1)
    tasks.plan("mail", "first", {}, after=-2)
    tasks.plan("mail", "later", {}, after=3600)

    paas.ok("tick")
    paas.ok("tick")

    assert done == [("first", {}), ("second", {"to": "ann"}), "tick", "tick"]
    assert [task.name for task in tasks.planned()] == ["later"]


@pytest.mark.parametrize("name", ["fail", "break"])
def test_a_task_that_fails_is_tried_again_later_and_stops_no_other(paas: Harness, done: list[Any], name: str) -> None:
    due("mail", name)
    due("mail", "send")

    result = paas.run("tick")

    assert result.exit_code == 1
    assert f"mail could not {name}: " in result.stderr
    assert done == [(name, {}), ("send", {}), "tick"]
    (waiting,) = tasks.planned()
    assert waiting.name == name
    assert waiting.due_at == pytest.approx(time.time() + tasks.RETRY_SECONDS, abs=5)


def test_the_task_of_a_plugin_that_is_not_there_is_kept_for_it(paas: Harness, done: list[Any]) -> None:
    due("backup", "upload", file="x")

    result = paas.run("tick")

    assert result.exit_code == 1
    assert "backup isn't there to upload" in result.stderr
    assert [(task.name, task.payload) for task in tasks.planned("backup")] == [("upload", {"file": "x"})]


def test_only_the_plugin_that_planned_a_task_is_asked(paas: Harness, done: list[Any], inventory: Inventory) -> None:
    @hookimpl
    def perform() -> None:
        raise AssertionError("not mine")

    inventory.plugin("other", perform)
    due("mail", "send")

    paas.ok("tick")

    assert done == [("send", {}), "tick"]


def test_a_second_tick_leaves_the_work_to_the_first(paas: Harness, done: list[Any]) -> None:
    due("mail", "send")

    with locks.exclusive("tick"):
        paas.ok("tick")

    assert done == []
    assert len(tasks.planned()) == 1


def test_a_tick_that_a_deploy_started_waits_for_its_turn(paas: Harness, inside: Context, done: list[Any]) -> None:
    due("mail", "send")

    def later() -> None:
        with use(paas.context()):
            tasks.tick(0.01)

    thread = threading.Thread(target=later)
    with locks.exclusive("tick"):
        thread.start()
        time.sleep(0.05)
        assert done == []
    thread.join(5)

    assert done == [("send", {}), "tick"]


def test_a_task_that_a_broken_transaction_planned_is_not_there() -> None:
    def plan() -> None:
        with state.CORE.writing():
            due("mail", "send")
            raise ValueError

    with pytest.raises(ValueError):
        plan()

    assert tasks.planned() == []
