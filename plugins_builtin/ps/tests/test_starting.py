"""What stops, starts again and is restored."""

from __future__ import annotations

from paas import App, PaasError, hookimpl, locks, releases
from paas.testing import Harness, Inventory
from paas_scheduler_docker.testing import Stage

from .conftest import TWO, ids


def test_a_stopped_app_has_no_processes_until_it_is_started(stage: Stage, paas: Harness) -> None:
    stage.deploy()

    assert "-----> Stopping shop" in paas.ok("ps:stop", "shop")
    assert stage.containers() == {}
    assert stage.routes["shop"] == []

    assert "-----> Starting shop" in paas.ok("ps:start", "shop")
    assert stage.running() == ["web.1"]
    assert len(stage.routes["shop"]) == 1


def test_a_stopped_app_stays_stopped(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile=TWO)
    paas.ok("ps:stop", "shop")

    paas.ok("ps:restore")
    paas.ok("ps:scale", "shop", "web=2")
    paas.ok("apps:rename", "shop", "store")
    assert stage.containers() == {}
    assert paas.ok("ps:report", "store", "--restore") == "false\n"

    paas.ok("ps:restart", "store")
    assert stage.running("store") == ["web.1", "web.2"]
    assert paas.ok("ps:report", "store", "--restore") == "true\n"


def test_starting_what_runs_changes_nothing(stage: Stage, paas: Harness) -> None:
    stage.deploy()
    before = stage.containers()

    result = paas.run("ps:start", "shop")

    assert (result.exit_code, result.stderr) == (0, " !     App shop already running\n")
    assert stage.containers() == before


def test_a_plugin_can_refuse_a_start(stage: Stage, paas: Harness, inventory: Inventory) -> None:
    @hookimpl
    def pre_start(app: App) -> None:
        raise PaasError(f"The database of {app.name} is stopped.")

    inventory.plugin("apps-database", pre_start, distribution="paas-stage")
    stage.deploy()
    paas.ok("ps:stop", "shop")

    assert "database of shop is stopped" in paas.run("ps:start", "shop").stderr
    assert stage.containers() == {}


def test_restoring_replaces_what_does_not_run_and_nothing_else(stage: Stage, paas: Harness) -> None:
    stage.deploy("shop", Procfile=TWO)
    stage.deploy("blog")
    paas.ok("ps:scale", "shop", "worker=2")
    before = ids(stage)
    stage.docker.kill(before["shop.worker.1"])
    stage.docker.remove(before["shop.worker.2"])

    printed = paas.ok("ps:restore")

    assert "-----> Starting shop (worker.1, worker.2)" in printed
    after = ids(stage)
    assert {name for name in after if after[name] == before[name]} == {"shop.web.1", "blog.web.1"}
    assert all(stage.containers()[name].is_running for name in after)


def test_restoring_starts_what_a_crash_left_without_processes(stage: Stage, paas: Harness) -> None:
    stage.deploy()
    shop = paas.app("shop")
    with paas.inside():
        releases.set_processes(shop, [])

    paas.ok("ps:restore", "shop")

    assert stage.running() == ["web.1"]


def test_an_app_may_be_left_out_of_restoring(stage: Stage, paas: Harness) -> None:
    stage.deploy()
    paas.ok("ps:set", "shop", "restore", "false")
    stage.docker.kill(ids(stage)["shop.web.1"])

    paas.ok("ps:restore")

    assert not stage.containers()["shop.web.1"].is_running
    assert paas.run("ps:set", "--global", "restore", "false").exit_code == 2


def test_what_a_restart_of_docker_left_is_started_by_the_next_tick(stage: Stage, paas: Harness) -> None:
    stage.deploy("shop", Procfile=TWO)
    stage.deploy("blog")
    stage.docker.restart()

    printed = paas.ok("tick")

    assert "-----> Starting shop (web.1)" in printed
    assert "-----> Starting blog (web.1)" in printed
    assert all(stage.containers()[name].is_running for name in ids(stage))
    assert paas.ok("tick") == ""


def test_a_process_that_ends_at_another_time_is_left_to_its_restart_policy(stage: Stage, paas: Harness) -> None:
    stage.deploy()
    paas.ok("tick")
    stage.docker.kill(ids(stage)["shop.web.1"], exit_code=0)

    first, second = paas.run("tick"), paas.run("tick")

    assert not stage.containers()["shop.web.1"].is_running
    assert "shop has processes that should run: web.1 is exited" in first.stderr
    assert second.stderr == ""  # said once


def test_what_does_not_start_again_is_tried_a_few_times(stage: Stage, paas: Harness) -> None:
    stage.deploy()
    paas.ok("tick")
    stage.docker.restart()
    stage.docker.refusals["create"] = "no space left on device"

    said = [paas.run("tick").stderr for _ in range(6)]

    assert ["could not be started: no space left" in words for words in said] == [True] * 5 + [False]
    assert ["ps:restore shop" in words for words in said[1:]] == [False] * 3 + [True, False]

    stage.docker.refusals.clear()
    stage.docker.restart()
    paas.ok("tick")
    assert stage.containers()["shop.web.1"].is_running


def test_a_restart_of_docker_starts_nothing_that_is_not_meant_to_run(stage: Stage, paas: Harness) -> None:
    for name in ("stopped", "left-out", "waiting"):
        paas.app(name)
    paas.ok("ps:set", "waiting", "skip-deploy", "true")
    for name in ("stopped", "left-out", "waiting"):
        stage.deploy(name)
    paas.ok("ps:stop", "stopped")
    paas.ok("ps:set", "left-out", "restore", "false")
    paas.ok("tick")
    stage.docker.restart()

    paas.ok("tick")

    assert not any(container.is_running for container in stage.containers().values())


def test_a_tick_does_not_wait_for_a_deploy(stage: Stage, paas: Harness) -> None:
    stage.deploy()
    paas.ok("tick")
    stage.docker.restart()
    shop = paas.app("shop")

    with paas.inside(), locks.deploying(shop.id, "shop", "git push"):
        assert paas.run("tick").stderr == ""
    paas.ok("tick")

    assert stage.containers()["shop.web.1"].is_running
