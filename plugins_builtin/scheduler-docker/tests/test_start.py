from __future__ import annotations

import pytest

from paas import Image, PaasError, PortMapping, Process, Release, hookimpl
from paas.testing import Harness, Inventory
from paas_docker.api import APP, APP_ID, PROCESS, RELEASE, SYSTEM
from paas_scheduler_docker import containers, network
from paas_scheduler_docker.testing import Stage


def test_each_process_of_the_formation_runs_in_a_container_of_its_own(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile="web: serve\nworker: work")
    paas.ok("ps:scale", "shop", "web=2", "worker=1")

    assert sorted(stage.containers()) == ["shop.web.1", "shop.web.2", "shop.worker.1"]
    assert all(container.is_running for container in stage.containers().values())


def test_a_container_tells_whose_it_is(stage: Stage, paas: Harness) -> None:
    stage.deploy()

    labels = stage.containers()["shop.web.1"].labels
    assert labels[SYSTEM] == str(paas.paths.root)
    assert labels[APP] == "shop"
    assert labels[APP_ID] == str(paas.app("shop").id)
    assert labels[PROCESS] == "web.1"
    assert labels[RELEASE] == "1"


def test_a_process_knows_its_port_and_its_name(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile="web: serve\nworker: work")
    paas.ok("ps:scale", "shop", "worker=1")

    web, worker = (environment(stage, name) for name in ("shop.web.1", "shop.worker.1"))
    assert web["PORT"] == "5000"
    assert web["DYNO"] == "web.1"
    assert "PORT" not in worker
    assert worker["DYNO"] == "worker.1"


@pytest.mark.parametrize(
    ("ports", "exposed", "expected"),
    [
        ([PortMapping("http", 80, 3000)], ("8080/tcp",), 3000),
        ([PortMapping("udp", 53, 53), PortMapping("http", 80, 3000)], (), 3000),
        ([], ("53/udp", "8080/tcp"), 8080),
        ([], (), 5000),
    ],
)
def test_the_port_is_that_of_the_first_mapping_else_of_the_image(
    ports: list[PortMapping], exposed: tuple[str, ...], expected: int
) -> None:
    release = Release(Image("sha256:1", "none", ports=exposed), ports=ports, id=1, app_id=1, number=1)

    assert containers.port(release) == expected


def test_the_old_process_goes_on_until_it_has_finished_what_it_does(stage: Stage, paas: Harness) -> None:
    stage.deploy()
    (old,) = stage.containers().values()
    before = stage.routes["shop"]

    stage.deploy()

    (new,) = (container for container in stage.containers().values() if container.id != old.id)
    assert stage.routes["shop"] == [f"{new.address}:5000"] != before
    assert new.name == "shop.web.1"
    assert stage.docker.state(old.id).is_running
    assert stage.docker.state(old.id).name.startswith("shop.web.1.1")
    assert [words[1:] for words in paas.detached] == [["tick", "--after", "60"]]


@pytest.mark.parametrize(
    ("command", "policy", "reason"),
    [
        ("exit 3", "no", "it exited with code 3."),
        ("exit 0", "on-failure:10", "it exited with code 0."),
        ("exit 3", "on-failure:10", "it ended and was started again; exit code 3."),
        ("sleep 1000", "no", "nothing listens on port 5000 after 1 seconds."),
    ],
)
def test_a_process_that_does_not_work_is_refused_with_the_reason(
    stage: Stage, paas: Harness, command: str, policy: str, reason: str
) -> None:
    stage.deploy(Procfile="web: serve")
    before = stage.routes["shop"], stage.containers()
    paas.ok("scheduler-docker:set", "shop", "start-timeout", "1")
    paas.ok("ps:set", "shop", "restart-policy", policy)

    with pytest.raises(PaasError) as refusal:
        stage.deploy(Procfile=f"web: echo starting; {command}")

    assert refusal.value.message.startswith("Could not start shop web.1: it ")
    assert refusal.value.message.endswith(reason)
    assert (stage.routes["shop"], stage.containers()) == before
    assert leased(paas) == 1
    assert ("discard", "base:latest") not in stage.docker.calls, "the live release has the same image"


def test_an_image_without_a_command_needs_a_procfile(stage: Stage, paas: Harness) -> None:
    stage.docker.add_image("bare:latest")
    stage.image = Image("bare:latest", "stage")

    with pytest.raises(PaasError, match="Nothing says what shop web") as refusal:
        stage.deploy()

    assert refusal.value.hint == "Add a CMD to the Dockerfile, or a Procfile with a line such as web: ./serve"
    assert (stage.containers(), leased(paas)) == ({}, 0)
    stage.deploy(Procfile="web: serve")
    assert list(stage.containers()) == ["shop.web.1"]


def test_the_log_of_the_process_that_failed_is_shown(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(PaasError):
        stage.deploy(Procfile="web: echo no database; exit 1")

    lines = capsys.readouterr().out.splitlines()
    (start,) = (i for i, line in enumerate(lines) if line.startswith("=====> Start of shop container output ("))
    assert lines[start].endswith(" web.1)")
    assert lines[start + 1] == "       no database"
    assert lines[start + 2] == lines[start].replace("Start", "End")


def test_all_process_types_work_or_none_is_left(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile="web: serve\nworker: work")
    paas.ok("ps:scale", "shop", "web=2", "worker=2")
    before, leases = stage.containers(), leased(paas)

    with pytest.raises(PaasError, match="Could not start shop worker"):
        stage.deploy(Procfile="web: serve\nworker: exit 1")

    assert stage.containers() == before
    assert leased(paas) == leases == 4


def test_a_process_that_cannot_be_created_leaves_nothing(stage: Stage, paas: Harness) -> None:
    stage.docker.refusals["create"] = "no space left on device"

    with pytest.raises(PaasError, match="no space left"):
        stage.deploy()

    assert stage.containers() == {}
    assert leased(paas) == 0


def test_a_process_that_cannot_be_started_leaves_nothing(stage: Stage, paas: Harness) -> None:
    stage.docker.refusals["start"] = 'exec: "serve": executable file not found in $PATH'

    with pytest.raises(PaasError, match=r"Could not start shop web.1: .*executable file not found"):
        stage.deploy()

    assert stage.containers() == {}
    assert leased(paas) == 0


def test_the_reason_is_told_even_if_what_failed_cannot_be_removed(
    stage: Stage, paas: Harness, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.docker.refusals["remove"] = "device or resource busy"

    with pytest.raises(PaasError, match=r"Could not start shop web\.1"):
        stage.deploy(Procfile="web: exit 1")

    assert "device or resource busy" in capsys.readouterr().err
    stage.docker.refusals.clear()
    paas.ok("tick")
    assert stage.containers() == {}
    assert leased(paas) == 0


def test_a_proxy_that_refuses_leaves_nothing_of_the_new_processes(stage: Stage, paas: Harness) -> None:
    stage.deploy()
    before = stage.containers()
    stage.refuses = True

    with pytest.raises(PaasError, match="nginx says no"):
        stage.deploy()

    assert stage.containers() == before
    assert leased(paas) == 1


def test_a_plugin_can_fail_a_process_that_listens(stage: Stage, paas: Harness, inventory: Inventory) -> None:
    @hookimpl
    def check_deploy(process: Process) -> None:
        raise PaasError(f"/health of {process.slot} answers 500.")

    inventory.plugin("apps-health", check_deploy, distribution="paas-stage")

    with pytest.raises(PaasError, match=r"Could not start shop web.1: /health of web.1 answers 500"):
        stage.deploy()

    assert stage.containers() == {}


def test_a_plugin_can_fail_a_container_before_it_starts(stage: Stage, paas: Harness, inventory: Inventory) -> None:
    @hookimpl
    def post_container_create(container_id: str, phase: str, process_type: str) -> None:
        raise PaasError(f"{phase} {process_type} has no network")

    inventory.plugin("apps-network", post_container_create, distribution="paas-stage")

    with pytest.raises(PaasError, match="deploy web has no network"):
        stage.deploy()

    assert stage.containers() == {}
    assert leased(paas) == 0


def environment(stage: Stage, name: str) -> dict[str, str]:
    return dict(entry.partition("=")[::2] for entry in stage.docker.inspect(name)["Config"]["Env"])


def leased(paas: Harness) -> int:
    with paas.inside():
        return len(network.leases())
