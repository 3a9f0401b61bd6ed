"""What doctor is told of containers: each finding by breaking one."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from paas import locks, releases, state
from paas.testing import Harness
from paas_docker.api import SYSTEM, Container, DockerError, State, labels
from paas_scheduler_docker.diagnosis import diagnose
from paas_scheduler_docker.labels import INSTANCE
from paas_scheduler_docker.testing import Stage


@pytest.fixture(autouse=True)
def deployed(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile="web: serve\nworker: work")
    paas.ok("ps:scale", "shop", "worker=1")
    assert paas.wrong(diagnose) == []


def test_a_container_that_is_gone_is_found_and_replaced(stage: Stage, paas: Harness) -> None:
    stage.docker.remove(stage.containers()["shop.web.1"].id)

    assert paas.wrong(diagnose) == ["shop: web.1 should run, and its container is missing."]
    paas.repair(diagnose)

    # Its address comes back with the next tick, which is nothing that anybody has to see to.
    assert paas.wrong(diagnose) == []
    assert stage.containers()["shop.web.1"].is_running


def test_a_container_that_has_ended_is_found_and_replaced(stage: Stage, paas: Harness) -> None:
    stage.docker.kill(stage.containers()["shop.worker.1"].id, 0)

    assert paas.wrong(diagnose) == ["shop: worker.1 should run, and its container is exited (exit code 0)."]
    paas.repair(diagnose)

    assert [one for one in paas.wrong(diagnose) if "worker" in one] == []


def test_a_container_that_nobody_knows_is_found_and_removed(stage: Stage, paas: Harness) -> None:
    with paas.inside():
        marks = labels(paas.app("shop")) | {INSTANCE: "lost"}
    stage.docker.create(Container("lost", "base:latest", labels=marks))

    assert paas.wrong(diagnose) == ["shop: The container lost is of no process that is known."]
    paas.repair(diagnose)

    assert "lost" not in stage.containers()


def test_a_process_with_a_container_of_something_else_is_found(stage: Stage, paas: Harness) -> None:
    other = stage.docker.create(Container("other", "base:latest", labels={SYSTEM: "/elsewhere"}))
    stage.docker.start(other)
    with paas.inside(), state.CORE.writing() as db:
        db.execute("UPDATE processes SET container = ? WHERE type = 'worker'", (other,))

    assert "shop: worker.1 has a container with the labels of something else (other)." in paas.wrong(diagnose)


def test_a_process_that_requests_dont_reach_is_found(stage: Stage, paas: Harness) -> None:
    with paas.inside(), state.CORE.writing() as db:
        db.execute("UPDATE processes SET address = '10.9.9.9' WHERE type = 'web'")

    (found,) = paas.wrong(diagnose)
    assert found.startswith("shop: web.1 has the address 127.")
    assert found.endswith(", and requests go to 10.9.9.9.")


def test_a_process_that_is_started_again_all_the_time_is_found(
    stage: Stage, paas: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = stage.docker.state
    young = time.strftime("%Y-%m-%dT%H:%M:%S.5Z", time.gmtime())
    seen = {"restarts": 3, "exit_code": 1, "started_at": young}

    def state_of(container: str) -> State:
        return replace(whole(container), **seen)

    monkeypatch.setattr(stage.docker, "state", state_of)

    assert "shop: web.1 ends and is started again all the time (exit code 1)." in paas.wrong(diagnose)

    seen["started_at"] = "2024-01-01T00:00:00.5Z"  # it has run ever since
    assert paas.wrong(diagnose) == []


def test_what_a_deploy_is_busy_with_is_not_taken_for_wrong(stage: Stage, paas: Harness) -> None:
    stage.docker.remove(stage.containers()["shop.web.1"].id)
    shop = paas.app("shop")

    with paas.inside(), locks.deploying(shop.id, shop.name, "git push"):
        assert paas.wrong(diagnose) == []
        assert releases.processes(shop)


def test_without_docker_it_is_docker_that_is_wrong(
    stage: Stage, paas: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise DockerError("can't be reached")

    monkeypatch.setattr(stage.docker, "networks", refuse)

    assert paas.wrong(diagnose) == []
