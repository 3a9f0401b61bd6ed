from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
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


def test_the_task_of_a_plugin_that_is_not_there_waits_for_it(
    paas: Harness, done: list[Any], inventory: Inventory
) -> None:
    due("backup", "upload", file="x")

    result = paas.run("tick")

    assert (result.exit_code, result.stderr, done) == (0, "", ["tick"])

    @hookimpl
    def perform(task: Task) -> None:
        done.append(dict(task.payload))

    inventory.plugin("backup", perform)
    paas.ok("tick")
    assert done == ["tick", {"file": "x"}, "tick"]
    assert tasks.planned("backup") == []


def test_a_task_that_meets_a_deploy_is_put_off_without_a_word(paas: Harness, inventory: Inventory) -> None:
    @hookimpl
    def perform() -> None:
        raise locks.Locked("shop", "")

    inventory.plugin("mail", perform)
    due("mail", "send")

    result = paas.run("tick")

    assert (result.exit_code, result.stderr) == (0, "")
    (waiting,) = tasks.planned()
    assert waiting.due_at > time.time()


def test_a_task_that_is_planned_anew_takes_the_place_of_the_same(paas: Harness, done: list[Any]) -> None:
    for name, to, after in (("send", "ann", -1), ("send", "bob", -1), ("post", "ann", -1)):
        tasks.plan("mail", name, {"to": to}, after)

    tasks.plan_anew("mail", "send", {"to": "ann"}, after=3600)

    paas.ok("tick")
    assert done == [("send", {"to": "bob"}), ("post", {"to": "ann"}), "tick"]
    assert [(task.name, task.payload) for task in tasks.planned()] == [("send", {"to": "ann"})]


def test_only_the_plugin_that_planned_a_task_is_asked(paas: Harness, done: list[Any], inventory: Inventory) -> None:
    @hookimpl
    def perform() -> None:
        raise AssertionError("not mine")

    inventory.plugin("other", perform)
    due("mail", "send")

    paas.ok("tick")

    assert done == [("send", {}), "tick"]


def test_a_tick_that_is_killed_half_way_is_taken_up_by_the_next(
    paas: Harness, inventory: Inventory, tmp_path: Path
) -> None:
    @hookimpl
    def perform(task: Task) -> None:
        with open(tmp_path / "done", "a") as file:
            file.write(f"{task.name} ")
        if task.name == "second" and not (tmp_path / "killed").exists():
            (tmp_path / "killed").touch()
            os.kill(os.getpid(), signal.SIGKILL)

    inventory.plugin("mail", perform)
    for seconds, name in enumerate(("first", "second", "third")):
        tasks.plan("mail", name, {}, after=seconds - 10)
    child = os.fork()
    if not child:
        paas.run("tick")
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL

    paas.ok("tick")

    assert (tmp_path / "done").read_text() == "first second second third "
    assert tasks.planned() == []


def test_a_tick_waits_for_the_one_that_is_at_work(paas: Harness, inside: Context, done: list[Any]) -> None:
    due("mail", "send")

    def later() -> None:
        with use(paas.context()):
            tasks.tick()

    thread = threading.Thread(target=later)
    with locks.exclusive("tick"):
        thread.start()
        thread.join(0.05)
        assert thread.is_alive()
        assert done == []
    thread.join(5)

    assert done == [("send", {}), "tick"]


def test_a_third_tick_leaves_the_work_to_the_one_that_waits(paas: Harness, done: list[Any]) -> None:
    due("mail", "send")

    with locks.exclusive("tick"), locks.exclusive("next-tick"):
        paas.ok("tick")

    assert done == []
    assert len(tasks.planned()) == 1


def test_a_tick_that_the_timers_left_its_work_to_is_a_sign_of_the_timer(paas: Harness) -> None:
    with locks.exclusive("tick"), locks.exclusive("next-tick"):
        paas.ok("tick")
    assert tasks.last_tick() is None, "it would be one of life even if those before it hang"

    paas.ok("tick", "--after", "0")

    assert (left_to := tasks.last_tick()) is not None
    os.utime(paas.paths.locks / "last-tick", (1, 1))
    paas.ok("tick", "--after", "0")
    assert tasks.last_tick() == 1 != left_to, "another one is the deploy's alone"


def test_a_deploys_tick_that_leaves_its_work_is_no_sign_of_the_timer(paas: Harness) -> None:
    with locks.exclusive("tick"), locks.exclusive("next-tick"):
        paas.ok("tick", "--after", "0")

    paas.ok("tick", "--after", "0")

    assert tasks.last_tick() is None


def test_a_task_that_a_broken_transaction_planned_is_not_there() -> None:
    def plan() -> None:
        with state.CORE.writing():
            due("mail", "send")
            raise ValueError

    with pytest.raises(ValueError):
        plan()

    assert tasks.planned() == []
