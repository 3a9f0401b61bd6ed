from __future__ import annotations

from dataclasses import replace

import pytest

from paas import App, Image, PaasError, apps, hookimpl, hooks, hookspecs
from paas.testing import Harness, Inventory
from paas_scheduler_docker.testing import Stage

TWO = "web: serve\nworker: work\n"


def ids(stage: Stage) -> dict[str, str]:
    return {name: container.id for name, container in stage.containers().items() if name.count(".") == 2}


# restart


def test_a_restart_replaces_all_processes(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile=TWO)
    paas.ok("ps:scale", "shop", "worker=1")
    before = ids(stage)

    paas.ok("ps:restart", "shop")

    assert ids(stage).keys() == before.keys()
    assert not set(ids(stage).values()) & set(before.values())


def test_a_restart_of_one_type_leaves_the_others_alone(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile=TWO)
    paas.ok("ps:scale", "shop", "worker=2")
    before = ids(stage)

    paas.ok("ps:restart", "shop", "worker")

    after = ids(stage)
    assert after["shop.web.1"] == before["shop.web.1"]
    assert after["shop.worker.1"] != before["shop.worker.1"]
    assert after["shop.worker.2"] != before["shop.worker.2"]


def test_a_type_that_does_not_run_cannot_be_restarted(stage: Stage, paas: Harness) -> None:
    stage.deploy()

    assert "runs no wroker" in paas.run("ps:restart", "shop", "wroker").stderr


@pytest.mark.parametrize("command", ["restart", "rebuild", "start", "stop"])
def test_an_app_without_a_release_is_no_error(stage: Stage, paas: Harness, command: str) -> None:
    paas.app("shop")

    result = paas.run(f"ps:{command}", "shop")

    assert (result.exit_code, result.stderr) == (0, " !     App shop has not been deployed\n")


def test_a_type_and_all_apps_do_not_go_together(stage: Stage, paas: Harness) -> None:
    assert paas.run("ps:restart", "shop", "web", "--all").exit_code == 2
    assert paas.run("ps:restart").exit_code == 2


@pytest.mark.parametrize("parallel", ["1", "3", "-1"])
def test_all_apps_are_restarted_even_if_one_fails(stage: Stage, paas: Harness, parallel: str) -> None:
    for name in ("blog", "shop", "wiki"):
        stage.deploy(name)
    paas.ok("ps:set", "shop", "start-cmd", "exit 1")
    before = ids(stage)

    result = paas.run("ps:restart", "--all", "--parallel", parallel)

    assert result.exit_code == 1
    assert "shop: Could not start shop web.1" in result.stderr
    assert "Failed for shop." in result.stderr
    assert {name for name, id in ids(stage).items() if before[name] == id} == {"shop.web.1"}


# rebuild


def test_a_rebuild_builds_the_live_commit_again(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile=TWO)
    shop = paas.app("shop")

    printed = paas.ok("ps:rebuild", "shop")

    assert "=====> Application deployed:" in printed
    with paas.inside():
        assert [(r.number, r.reason, r.kind) for r in apps.releases(shop)] == [
            (2, "ps:rebuild", "rebuild"),
            (1, "git push", "git-push"),
        ]


def test_a_commit_that_nobody_holds_is_not_rebuilt(
    stage: Stage, paas: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.deploy()
    ask = hooks.ask

    def forgotten(spec: object, *given: object) -> object:
        return None if spec is hookspecs.source_of else ask(spec, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(hooks, "ask", forgotten)
    result = paas.run("ps:rebuild", "shop")

    assert result.exit_code == 1
    assert "c0ffee" in result.stderr
    assert "Push it again" in result.stderr


# stop, start, restore


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
        apps.set_processes(shop, [])

    paas.ok("ps:restore", "shop")

    assert stage.running() == ["web.1"]


def test_an_app_may_be_left_out_of_restoring(stage: Stage, paas: Harness) -> None:
    stage.deploy()
    paas.ok("ps:set", "shop", "restore", "false")
    stage.docker.kill(ids(stage)["shop.web.1"])

    paas.ok("ps:restore")

    assert not stage.containers()["shop.web.1"].is_running
    assert paas.run("ps:set", "--global", "restore", "false").exit_code == 2


# settings and reports


def test_a_push_can_be_left_to_the_next_restart(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile="web: serve")
    paas.ok("ps:set", "shop", "skip-deploy", "true")
    before = stage.containers()

    stage.deploy(Procfile="web: serve --new")
    assert stage.containers() == before

    paas.ok("ps:restart", "shop")
    assert stage.docker.inspect("shop.web.1")["Config"]["Cmd"] == ["serve", "--new"]


def test_containers_follow_the_settings(stage: Stage, paas: Harness) -> None:
    paas.app("shop")
    for key, value in {"restart-policy": "unless-stopped", "stop-timeout-seconds": "5"}.items():
        paas.ok("ps:set", "shop", key, value)

    stage.deploy()

    found = stage.docker.inspect("shop.web.1")
    assert found["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"
    assert found["Config"]["StopTimeout"] == 5


@pytest.mark.parametrize(
    ("entry", "settings", "expected"),
    [
        ((), {}, ["procfile"]),
        ((), {"dockerfile-start-cmd": "docker"}, ["docker"]),
        ((), {"dockerfile-start-cmd": "docker", "start-cmd": "any $PORT"}, ["any", "5000"]),
        (("/start",), {"dockerfile-start-cmd": "docker"}, ["/start", "web"]),
        (("/start",), {"start-cmd": "any"}, ["any"]),
    ],
)
def test_the_command_of_web_can_be_set(
    stage: Stage, paas: Harness, entry: tuple[str, ...], settings: dict[str, str], expected: list[str]
) -> None:
    paas.app("shop")
    stage.image = replace(stage.image, entry=entry)
    for key, value in settings.items():
        paas.ok("ps:set", "shop", key, value)

    stage.deploy(Procfile="web: procfile")

    assert stage.docker.inspect("shop.web.1")["Config"]["Cmd"] == expected


@pytest.mark.parametrize("policy", ["sometimes", "on-failure:", "on-failure:0", "on-failure:-1", "always:3"])
def test_a_restart_policy_is_one_of_dockers(paas: Harness, policy: str) -> None:
    paas.app("shop")

    assert "not a restart policy" in paas.run("ps:set", "shop", "restart-policy", policy).stderr


def test_the_report_has_dokkus_fields(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile=TWO)
    paas.ok("ps:scale", "shop", "worker=1")
    stage.docker.kill(ids(stage)["shop.worker.1"])

    lines = paas.ok("ps:report", "shop").splitlines()

    assert lines[0] == "=====> shop ps information"
    fields = {line[7:38].strip(): line[38:] for line in lines[1:]}
    web, worker = ids(stage)["shop.web.1"][:11], ids(stage)["shop.worker.1"][:11]
    assert fields["Deployed:"] == "true"
    assert fields["Processes:"] == "2"
    assert fields["Ps can scale:"] == "true"
    assert fields["Ps computed restart policy:"] == "on-failure:10"
    assert fields["Restore:"] == "true"
    assert fields["Running:"] == "mixed"
    assert fields["Status web 1:"] == f"running (CID: {web})"
    assert fields["Status worker 1:"] == f"exited (CID: {worker})"
    assert paas.ok("ps:report", "shop", "--running") == "mixed\n"
    assert paas.ok("ps:report", "shop", "--ps-global-procfile-path") == "Procfile\n"
    assert '"running": "mixed"' in paas.ok("ps:report", "shop", "--format", "json")


def test_an_app_without_a_release_has_a_report(stage: Stage, paas: Harness) -> None:
    paas.app("shop")

    assert paas.ok("ps:report", "shop", "--deployed") == "false\n"
    assert paas.ok("ps:report", "shop", "--running") == "false\n"


def test_an_image_of_a_release_runs_whatever_the_tag_is_now(stage: Stage, paas: Harness) -> None:
    first = stage.docker.add_image("built:1", command=("serve",))
    stage.image = Image(first.id, "stage")
    stage.deploy()
    stage.docker.add_image("built:1", command=("exit", "1"))

    paas.ok("ps:restart", "shop")

    assert stage.docker.inspect("shop.web.1")["Image"] == first.id
