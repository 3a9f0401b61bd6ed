from __future__ import annotations

from dataclasses import replace

import pytest

from paas import Endpoint, Process, Slot, releases, tasks
from paas.testing import Harness
from paas_docker.api import PROCESS, RELEASE, State
from paas_scheduler_docker.comparison import differences, wrong
from paas_scheduler_docker.testing import Stage

WEB = Process(Slot("web", 1), 7, "c1", Endpoint("10.0.0.2", 5000))
RUNS = State("c1", "shop.web.1", "running", {PROCESS: "web.1", RELEASE: "3"}, address="10.0.0.2")
ELSE = "has a container with the labels of something else (shop.web.1)"


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (RUNS, ""),
        (None, "should run, and its container is missing"),
        (replace(RUNS, status="exited", exit_code=3), "should run, and its container is exited (exit code 3)"),
        (replace(RUNS, labels={PROCESS: "web.2", RELEASE: "3"}), ELSE),
        (replace(RUNS, labels={PROCESS: "web.1", RELEASE: "2"}), ELSE),
        (replace(RUNS, address=None), "has the address none, and requests go to 10.0.0.2"),
    ],
)
def test_a_process_is_wrong_if_it_is_not_what_the_store_says(found: State | None, said: str) -> None:
    assert wrong(WEB, found, {7: 3}, {"c1"}) == said


def test_old_processes_that_wait_for_their_end_are_no_difference(stage: Stage, paas: Harness) -> None:
    stage.deploy()
    stage.deploy()
    shop = paas.app("shop")
    with paas.inside():
        assert differences(shop) == []

        (task,) = tasks.planned("scheduler-docker")
        with tasks.CORE.writing() as db:
            db.execute("DELETE FROM tasks WHERE id = ?", (task.id,))

        (said,) = differences(shop)
    assert said.startswith("shop.web.1.")
    assert said.endswith("runs and is none of its processes; the next paas tick removes it.")


def test_an_app_that_runs_nothing_has_no_differences(stage: Stage, paas: Harness) -> None:
    shop = paas.app("shop")
    with paas.inside():
        assert differences(shop) == []
        assert releases.processes(shop) == []
