from __future__ import annotations

from dataclasses import replace

import pytest

from paas import Image, apps, hookimpl, hooks, hookspecs, lifecycle, releases
from paas.testing import Harness, Inventory
from paas_scheduler_docker.testing import Stage

from .conftest import TWO, ids

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
    assert "An app and --all don't go together" in paas.run("ps:restart", "shop", "--all").stderr
    assert paas.run("ps:restart", "--all", "--parallel", "0").exit_code == 2


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


def test_restarts_that_go_together_say_one_thing_after_another(stage: Stage, paas: Harness) -> None:
    for name in ("blog", "shop", "wiki"):
        stage.deploy(name)

    lines = paas.ok("ps:restart", "--all", "--parallel", "3").splitlines()

    starts = [number for number, line in enumerate(lines) if line.startswith("-----> Restarting")]
    assert sorted(lines[number].split()[-1] for number in starts) == ["blog", "shop", "wiki"]
    for number, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        name = lines[number].split()[-1]
        assert f"-----> Releasing {name}..." in lines[number:end]
        assert "       All checks successful (web.1)" in lines[number:end]


def test_what_is_due_is_not_carried_out_for_an_app_that_is_not_there(stage: Stage, paas: Harness) -> None:
    assert paas.run("ps:retire", "nope").exit_code == 20


# rebuild


def test_a_rebuild_builds_the_live_commit_again(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile=TWO)
    shop = paas.app("shop")

    printed = paas.ok("ps:rebuild", "shop")

    assert "=====> Application deployed:" in printed
    with paas.inside():
        assert [(r.number, r.reason, r.kind) for r in releases.all(shop)] == [
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
        (("/start",), {"start-cmd": "any"}, ["/exec", "any"]),
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


def test_the_report_shows_what_somebody_changed_by_hand(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile=TWO)
    paas.ok("ps:scale", "shop", "web=3")
    assert paas.ok("ps:report", "shop", "--differences") == "\n"

    stage.docker.stop(ids(stage)["shop.web.1"], 1)
    stage.docker.remove(ids(stage)["shop.web.2"])

    assert paas.ok("ps:report", "shop", "--differences") == (
        "web.1 should run, and its container is exited (exit code 143). "
        "web.2 should run, and its container is missing.\n"
    )


def test_an_image_of_a_release_runs_whatever_the_tag_is_now(stage: Stage, paas: Harness) -> None:
    first = stage.docker.add_image("built:1", command=("serve",))
    stage.image = Image(first.id, "stage")
    stage.deploy()
    stage.docker.add_image("built:1", command=("exit", "1"))

    paas.ok("ps:restart", "shop")

    assert stage.docker.inspect("shop.web.1")["Image"] == first.id


def test_a_report_says_which_processes_are_of_an_older_release(
    stage: Stage, paas: Harness, inventory: Inventory
) -> None:
    config: dict[str, str] = {}

    @hookimpl
    def app_environment() -> dict[str, str]:
        return dict(config)

    inventory.plugin("variables", app_environment, distribution="paas-stage")
    stage.deploy(Procfile=TWO)
    paas.ok("ps:scale", "shop", "worker=1")
    config["GREETING"] = "hello"

    paas.ok("ps:restart", "shop", "worker")

    short = {slot: stage.containers()[f"shop.{slot}"].id[:11] for slot in ("web.1", "worker.1")}
    assert paas.ok("ps:report", "shop", "--status-web-1") == f"running (CID: {short['web.1']}, release 1)\n"
    assert paas.ok("ps:report", "shop", "--status-worker-1") == f"running (CID: {short['worker.1']})\n"


# deploy


def test_the_live_image_is_deployed_anew_without_a_build(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile=TWO)
    before = ids(stage)

    assert "Deploying shop from the image of c0ffee" in paas.ok("deploy", "shop")

    assert ids(stage).keys() == before.keys()
    assert not set(ids(stage).values()) & set(before.values())


def test_an_app_that_was_stopped_is_started_by_a_deploy_of_its_image(stage: Stage, paas: Harness) -> None:
    stage.deploy()
    paas.ok("ps:stop", "shop")

    paas.ok("deploy", "shop", "latest")

    assert stage.running() == ["web.1"]


def test_one_type_of_the_live_image_is_deployed_alone(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile=TWO)
    paas.ok("ps:scale", "shop", "worker=1")
    before = ids(stage)

    paas.ok("deploy", "shop", "latest", "worker")

    assert ids(stage)["shop.web.1"] == before["shop.web.1"]
    assert ids(stage)["shop.worker.1"] != before["shop.worker.1"]


def test_the_image_of_an_older_commit_is_deployed_by_its_tag(stage: Stage, paas: Harness, inventory: Inventory) -> None:
    colour = {"COLOUR": "blue"}
    inventory.plugin("paint", hookimpl(lambda: dict(colour), specname="app_environment"))
    old, new = (stage.docker.add_image(f"shop:{n}", command=("serve", n)).id for n in "12")
    stage.image = Image(old, "stage")
    stage.deploy(Procfile="web: serve")
    stage.image = Image(new, "stage")
    with paas.inside():
        source = replace(stage.source(Procfile="web: serve"), revision="beadfeed")
        lifecycle.receive(apps.load("shop"), source, "git push")
    colour["COLOUR"] = "red"

    assert paas.run("deploy", "shop", "c0ff", "web").exit_code == 2
    paas.ok("deploy", "shop", "c0ff")

    live = stage.live()
    assert (live.image.id, live.revision, live.reason) == (old, "c0ffee", "deploy c0ff")
    assert live.config["COLOUR"] == "red", "the variables are those of now"

    stage.docker.remove(next(c.id for c in stage.docker.containers({}) if c.image == new))
    stage.docker.remove_image(new)
    assert "The image of beadfeed is gone" in paas.run("deploy", "shop", "beadfeed").stderr


@pytest.mark.parametrize("tag", ["v1", "c0", "", "../x"])
def test_a_tag_that_no_image_has_is_refused_with_those_there_are(stage: Stage, paas: Harness, tag: str) -> None:
    stage.deploy()

    result = paas.run("deploy", "shop", tag)

    assert result.exit_code == 1
    assert f"shop has no image {tag!r}" in result.stderr
    assert "latest, c0ffee" in result.stderr


def test_what_was_never_deployed_has_no_image(stage: Stage, paas: Harness) -> None:
    paas.app("shop")

    assert "shop has not been deployed" in paas.run("deploy", "shop").stderr
