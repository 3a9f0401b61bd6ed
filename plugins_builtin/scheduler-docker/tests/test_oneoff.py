from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import pytest

from paas import App, Mount, PaasError, Release, hookimpl, releases
from paas.testing import Harness, Inventory
from paas_docker.api import APP_ID, PROCESS, SYSTEM, Container
from paas_scheduler import api as scheduler
from paas_scheduler.api import Job
from paas_scheduler_docker import oneoff, strays
from paas_scheduler_docker.testing import Stage

T = TypeVar("T")
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

    assert run(paas, Job("predeploy", "echo migrating; exit 3")) == 3

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
        run(paas, Job("predeploy", "true"))
    assert stage.containers() == before


def test_a_killed_job_is_swept_up(stage: Stage, paas: Harness) -> None:
    stage.deploy()
    before = stage.containers()
    job = in_the_release(paas, lambda app, release: oneoff.plan(app, release, Job("predeploy", "sleep 100")))
    stage.docker.start(stage.docker.create(job))

    with paas.inside():
        strays.sweep()

    assert stage.containers() == before


def planned(stage: Stage, paas: Harness, job: Job, entry: Sequence[str] = ()) -> Container:
    """What a job would run as, were the live release's image one with this entry."""
    stage.deploy(Procfile="web: serve\nrelease: echo migrating")

    def plan(app: App, release: Release) -> Container:
        image = replace(release.image, entry=entry)
        return oneoff.plan(app, replace(release, image=image, config={"COLOUR": "red"}, mounts=MOUNTS), job)

    return in_the_release(paas, plan)


def run(paas: Harness, job: Job) -> int:
    return in_the_release(paas, lambda app, release: scheduler.run(app, release, job))


def in_the_release(paas: Harness, act: Callable[[App, Release], T]) -> T:
    app = paas.app("shop")
    with paas.inside():  # scheduler_run is called here
        release = releases.live(app)
        assert release
        return act(app, release)
