from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from paas import Mount, PaasError, hookimpl
from paas.testing import Harness, Inventory
from paas_docker.api import APP_ID, PROCESS, SYSTEM, Container
from paas_scheduler import api as scheduler
from paas_scheduler.api import Job
from paas_scheduler_docker import oneoff, strays
from paas_scheduler_docker.testing import Stage

MOUNTS = [
    Mount("/srv/all", "/data"),
    Mount("/srv/work", "/work", processes=("worker",)),
    Mount("/srv/build", "/cache", phases=("build",)),
    Mount("/srv/run", "/run-only", phases=("run",)),
]


def test_a_job_shows_what_it_prints_and_leaves_nothing(
    stage: Stage, paas: Harness, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.deploy()
    before = stage.containers()

    assert run(stage, Job("predeploy", "echo migrating; exit 3")) == 3

    lines = capsys.readouterr().out.splitlines()
    (start,) = (i for i, line in enumerate(lines) if line.startswith("=====> Start of shop predeploy task ("))
    assert lines[start + 1] == "       migrating"
    assert lines[start + 2] == lines[start].replace("Start", "End")
    assert stage.containers() == before


def test_a_job_has_what_its_release_has(stage: Stage, paas: Harness) -> None:
    container = planned(stage, paas, Job("predeploy", "echo $COLOUR"))

    assert container.environment["COLOUR"] == "red"
    assert container.environment["DYNO"].startswith("predeploy.")
    assert "PORT" not in container.environment
    assert container.command == ["echo", "red"]
    assert [mount.target for mount in container.mounts] == ["/data"]
    assert container.labels[SYSTEM] == str(paas.paths.root)
    assert container.labels[APP_ID] == str(paas.app("shop").id)
    assert container.labels[PROCESS] == "predeploy.1"
    assert container.address is None, "it needs none of ours"


def test_a_job_sees_the_mounts_of_its_phase(stage: Stage, paas: Harness) -> None:
    container = planned(stage, paas, Job("console", "echo", phase="run"))

    assert [mount.target for mount in container.mounts] == ["/data", "/run-only"]


def test_a_job_that_is_a_process_type_runs_as_its_image_starts_types(stage: Stage, paas: Harness) -> None:
    entry = ("env", "/start")

    assert planned(stage, paas, Job("release", "migrate"), entry).command == ["env", "/start", "release"]
    assert planned(stage, paas, Job("predeploy", "migrate"), entry).command == ["env", "/exec", "migrate"]


def test_a_job_is_never_restarted_and_its_log_can_always_be_read(
    stage: Stage, paas: Harness, inventory: Inventory
) -> None:
    @hookimpl
    def container_options(container: Container) -> Container:
        return replace(container, restart="always", host={"Memory": 1 << 26, "LogConfig": {"Type": "none"}})

    inventory.plugin("limits", container_options, distribution="paas-stage")

    container = planned(stage, paas, Job("predeploy", "migrate"))

    assert container.restart == "no"
    assert container.host == {"Memory": 1 << 26, "LogConfig": {"Type": "json-file", "Config": {"max-size": "10m"}}}


def test_a_job_that_a_plugin_refuses_leaves_nothing(stage: Stage, paas: Harness, inventory: Inventory) -> None:
    stage.deploy()
    before = stage.containers()

    @hookimpl
    def post_container_create(phase: str, process_type: str) -> None:
        raise PaasError(f"no {phase} of {process_type}")

    inventory.plugin("picky", post_container_create, distribution="paas-stage")

    with pytest.raises(PaasError, match="no run of predeploy"):
        run(stage, Job("predeploy", "true"))
    assert stage.containers() == before


def test_a_killed_job_is_swept_up(stage: Stage, paas: Harness) -> None:
    stage.deploy()
    before = stage.containers()
    with paas.inside():
        job = oneoff.plan(paas.app("shop"), stage.live(), Job("predeploy", "sleep 100"))
        stage.docker.start(stage.docker.create(job))

        strays.sweep()

    assert stage.containers() == before


def planned(stage: Stage, paas: Harness, job: Job, entry: Sequence[str] = ()) -> Container:
    """What a job would run as, were the live release's image one with this entry."""
    stage.deploy(Procfile="web: serve\nrelease: echo migrating")
    live = stage.live()
    release = replace(live, image=replace(live.image, entry=tuple(entry)), config={"COLOUR": "red"}, mounts=MOUNTS)
    with paas.inside():
        return oneoff.plan(paas.app("shop"), release, job)


def run(stage: Stage, job: Job) -> int:
    with stage.paas.inside():  # scheduler_run is called here
        return scheduler.run(stage.paas.app("shop"), stage.live(), job)
