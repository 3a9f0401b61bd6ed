"""Checks around deploys, on the stand-in Docker, whose containers only listen: checks are commands here."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import pytest

from paas import PaasError, releases
from paas.testing import Harness
from paas_scheduler_docker.testing import Stage

QUICK = {"type": "startup", "attempts": 2, "wait": 0}


def app_json(process: str = "web", **entry: Any) -> str:
    return json.dumps({"healthchecks": {process: [{**QUICK, **entry}]}})


def test_a_check_that_passes_lets_a_deploy_go_on(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    stage.deploy(app_json=app_json(command=["true"]))

    out = capsys.readouterr().out
    assert "       Attempting pre-flight checks (web.1)\n" in out
    assert "       All checks successful (web.1)\n" in out
    assert stage.running() == ["web.1"]


def test_a_check_that_fails_refuses_the_deploy(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    stage.deploy()
    before = stage.routes["shop"], stage.containers()

    with pytest.raises(PaasError) as refusal:
        stage.deploy(Procfile="web: echo hello; serve", app_json=app_json(name="db", command=["false"]))

    assert refusal.value.message == (
        "Could not start due to 1 failed checks (web.1)\ndb: it ends with exit code 1"
    )  # fmt: skip
    assert (stage.routes["shop"], stage.containers()) == before
    assert "       hello\n" in capsys.readouterr().out, "its log is shown"
    assert [call for call in stage.docker.calls if call[0] == "execute"] == [("execute", "false")] * 2


def test_a_worker_that_fails_keeps_web_from_being_promoted(stage: Stage, paas: Harness) -> None:
    two = "web: serve\nworker: sleep 1000\n"
    stage.deploy(Procfile=two)
    paas.ok("ps:scale", "shop", "worker=1")
    before = stage.routes["shop"], stage.containers()

    with pytest.raises(PaasError, match=r"1 failed checks \(worker\.1\)"):
        stage.deploy(Procfile=two, app_json=app_json("worker", command=["false"]))

    assert (stage.routes["shop"], stage.containers()) == before


@pytest.mark.parametrize(
    "command", [["ps:restart", "shop"], ["ps:scale", "shop", "web=2"], ["ps:restart", "shop", "web"]]
)
def test_checks_hold_for_whatever_starts_a_process(stage: Stage, paas: Harness, command: list[str]) -> None:
    paas.app("shop")
    stage.deploy(app_json=app_json(command=["sh", "-c", "exit 0"]))
    stage.docker.calls.clear()

    paas.ok(*command)

    assert ("execute", "sh -c exit 0") in stage.docker.calls


def test_a_command_has_what_buildpacks_set_for_it(stage: Stage) -> None:
    stage.image = replace(stage.image, entry=("/start",))

    stage.deploy(app_json=app_json(command=["sh", "-c", "exit 0"], warn=True))

    assert ("execute", "/exec sh -c exit 0") in stage.docker.calls


def test_readiness_and_liveness_are_reported_and_decide_nothing(stage: Stage, paas: Harness) -> None:
    stage.deploy(app_json=app_json(type="readiness", command=["false"]))

    assert paas.ok("checks:report", "shop", "--checks-readiness") == "web: false\n"
    assert paas.ok("checks:report", "shop", "--checks-startup") == "\n"


def test_a_check_that_only_warns_fails_nothing(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    stage.deploy(app_json=app_json(command=["false"], warn=True))

    assert " !     web.1: false: it ends with exit code 1\n" in capsys.readouterr().err
    assert stage.running() == ["web.1"]


def test_every_check_that_fails_is_named(stage: Stage) -> None:
    checks = [{**QUICK, "name": name, "command": [name]} for name in ("true", "false")]
    checks.append({**QUICK, "name": "port", "listening": True, "port": 1})

    with pytest.raises(PaasError, match="due to 2 failed checks") as refusal:
        stage.deploy(app_json=json.dumps({"healthchecks": {"web": checks}}))

    assert "\nfalse: " in refusal.value.message
    assert "\nport: nothing listens on port 1" in refusal.value.message


def test_a_check_waits_as_long_as_it_is_asked_to(stage: Stage) -> None:
    began = time.monotonic()
    with pytest.raises(PaasError):
        stage.deploy(app_json=app_json(command=["false"], wait=0.3, attempts=3, initialDelay=0.2))
    assert 0.8 <= time.monotonic() - began < 3

    began = time.monotonic()
    stage.deploy(app_json=app_json(uptime=1.5))
    assert 0.5 <= time.monotonic() - began < 4


def test_a_process_that_ends_while_it_is_checked_fails_at_once(stage: Stage) -> None:
    began = time.monotonic()

    with pytest.raises(PaasError, match="exit code 1"):
        stage.deploy(
            Procfile="web: serve\nworker: exit 1",
            app_json=json.dumps(
                {
                    "healthchecks": {"worker": [{**QUICK, "uptime": 60}], "web": [{**QUICK, "uptime": 60}]},
                    "formation": {"worker": {"quantity": 1}},
                }
            ),
        )

    assert time.monotonic() - began < 5


# Off


def test_checks_can_be_skipped_for_a_type(stage: Stage, paas: Harness, capsys: pytest.CaptureFixture[str]) -> None:
    paas.app("shop")
    paas.ok("checks:skip", "shop", "web")

    stage.deploy(Procfile="web: sleep 1000", app_json=app_json(command=["false"]))

    assert "=====> Zero downtime checks have been skipped (web.1)\n" in capsys.readouterr().out
    assert stage.running() == ["web.1"]
    assert paas.ok("checks:report", "shop", "--checks-skipped-list") == "web\n"


def test_a_type_is_disabled_or_skipped_or_neither(paas: Harness) -> None:
    paas.app("shop")

    def lists() -> tuple[str, str]:
        report = json.loads(paas.ok("checks:report", "shop", "--format", "json"))
        return report["disabled-list"], report["skipped-list"]

    assert lists() == ("none", "none")
    paas.ok("checks:disable", "shop", "web,worker")
    paas.ok("checks:skip", "shop", "worker")
    assert lists() == ("web", "worker")
    paas.ok("checks:enable", "shop", "web")
    assert lists() == ("none", "worker")
    paas.ok("checks:disable", "shop")
    assert lists() == ("_all_", "none")
    paas.ok("checks:enable", "shop")
    assert lists() == ("none", "none")
    assert paas.run("checks:skip", "shop", "w b").exit_code == 2


def test_a_clone_has_its_originals_settings(paas: Harness) -> None:
    paas.app("shop")
    paas.ok("checks:disable", "shop", "web")
    paas.ok("checks:set", "shop", "wait-to-retire", "5")

    paas.ok("apps:clone", "shop", "copy")

    assert paas.ok("checks:report", "copy", "--checks-disabled-list") == "web\n"
    assert paas.ok("checks:report", "copy", "--checks-wait-to-retire") == "5\n"


def test_the_old_processes_of_a_disabled_type_are_stopped_first(stage: Stage, paas: Harness) -> None:
    stage.deploy()
    (old,) = stage.containers().values()
    paas.ok("checks:disable", "shop", "web")
    stage.docker.calls.clear()

    stage.deploy()

    asked = [call[0] for call in stage.docker.calls if call[0] in ("stop", "start")]
    assert asked == ["stop", "start"]
    assert not stage.docker.state(old.id).is_running
    assert stage.running() == ["web.1"]


def test_a_process_of_a_disabled_type_goes_on_while_another_one_joins_it(stage: Stage, paas: Harness) -> None:
    stage.deploy()
    paas.ok("ps:set", "shop", "skip-deploy", "true")
    stage.deploy()  # what runs is of the release before the live one
    paas.ok("checks:disable", "shop", "web")
    stage.docker.calls.clear()

    paas.ok("ps:scale", "shop", "web=2")

    assert "stop" not in [call[0] for call in stage.docker.calls]
    assert stage.running() == ["web.1", "web.2"]


def test_the_old_processes_of_a_disabled_type_start_again_when_the_deploy_fails(stage: Stage, paas: Harness) -> None:
    stage.deploy()
    before = stage.routes["shop"]
    paas.ok("checks:disable", "shop", "web")

    with pytest.raises(PaasError):
        stage.deploy(Procfile="web: exit 1")

    assert [container.is_running for container in stage.containers().values()] == [True]
    assert stage.routes["shop"] == before


def test_the_old_processes_of_a_disabled_type_start_again_when_the_proxy_refuses(stage: Stage, paas: Harness) -> None:
    stage.deploy()
    paas.ok("checks:disable", "shop", "web")
    stage.refuses = True

    with pytest.raises(PaasError):
        stage.deploy()

    assert [container.is_running for container in stage.containers().values()] == [True]


def test_a_tick_starts_what_a_killed_deploy_has_stopped(
    stage: Stage, paas: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.deploy()
    paas.ok("checks:disable", "shop", "web")
    with monkeypatch.context() as killed:
        killed.setattr("paas_scheduler_docker.downtime.end", lambda docker, app: None)
        with pytest.raises(PaasError):
            stage.deploy(Procfile="web: exit 1")
    assert [container.is_running for container in stage.containers().values()] == [False]

    paas.ok("ps:retire")

    assert [container.is_running for container in stage.containers().values()] == [True]


# While it runs


def test_live_processes_are_checked_on_demand(stage: Stage, paas: Harness) -> None:
    stage.deploy(app_json=app_json(command=["sh", "-c", "exit 0"]))

    out = paas.ok("checks:run", "shop")

    assert "All checks successful (web.1)" in out


def test_a_live_process_that_fails_is_told_by_the_exit_code(stage: Stage, paas: Harness) -> None:
    paas.app("shop")
    paas.ok("checks:skip", "shop")
    stage.deploy(app_json=app_json(name="db", command=["false"]))

    result = paas.run("checks:run", "shop", "web.1")

    assert result.exit_code == 1
    assert "Could not start due to 1 failed checks (web.1)\n !     db: it ends with exit code 1\n" in result.stderr
    assert "1 of the processes of shop did not pass" in result.stderr
    assert stage.running() == ["web.1"], "and nothing is done about it"


def test_a_live_process_that_was_started_again_long_ago_passes(stage: Stage, paas: Harness) -> None:
    stage.deploy(app_json=app_json(name="db", command=["true"]))
    (container,) = stage.containers().values()
    stage.docker.kill(container.id, 1)
    stage.docker.start(container.id)
    assert stage.docker.state(container.id).restarts == 1

    assert "All checks successful (web.1)" in paas.ok("checks:run", "shop")


def test_a_live_process_that_does_not_work_is_not_said_not_to_start(stage: Stage, paas: Harness) -> None:
    stage.deploy()
    (container,) = stage.containers().values()
    stage.docker.stop(container.id, 0)

    assert " !     Not working: shop web.1: it exited" in paas.run("checks:run", "shop").stderr


def test_only_what_runs_can_be_checked(stage: Stage, paas: Harness) -> None:
    paas.app("shop")
    assert "Nothing of shop runs" in paas.run("checks:run", "shop").stderr
    stage.deploy()

    assert "No process worker of shop runs" in paas.run("checks:run", "shop", "worker").stderr


# The end of the old ones


def test_old_processes_have_the_time_that_was_set(stage: Stage, paas: Harness) -> None:
    paas.app("shop")
    paas.ok("checks:set", "--global", "wait-to-retire", "30")
    paas.ok("checks:set", "shop", "wait-to-retire", "7")
    stage.deploy()
    stage.deploy()

    assert [words[1:] for words in paas.detached] == [["tick", "--after", "7"]]
    assert paas.run("checks:set", "shop", "wait-to-retire", "soon").exit_code == 1
    assert paas.run("checks:set", "shop", "attempts", "3").exit_code == 2
    shop = paas.app("shop")
    with paas.inside():
        assert [p.slot.type for p in releases.processes(shop)] == ["web"]
