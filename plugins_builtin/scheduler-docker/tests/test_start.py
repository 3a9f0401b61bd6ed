from __future__ import annotations

import pytest

from paas import Image, PaasError, PortMapping, Release
from paas.testing import Harness
from paas_docker.api import APP, APP_ID, PROCESS, RELEASE, SYSTEM
from paas_docker.testing import FakeDocker
from paas_scheduler_docker import network


def test_each_process_of_the_formation_runs_in_a_container_of_its_own(stage, paas: Harness, docker: FakeDocker) -> None:
    stage.deploy(Procfile="web: serve\nworker: work")
    paas.ok("ps:scale", "shop", "web=2", "worker=1")

    assert sorted(c.name for c in docker.containers({})) == ["shop.web.1", "shop.web.2", "shop.worker.1"]
    assert all(c.is_running for c in docker.containers({}))


def test_a_container_tells_whose_it_is(stage, paas: Harness, docker: FakeDocker) -> None:
    stage.deploy()

    (container,) = docker.containers({})
    assert container.labels[SYSTEM] == str(paas.paths.root)
    assert container.labels[APP] == "shop"
    assert container.labels[APP_ID] == str(paas.app("shop").id)
    assert container.labels[PROCESS] == "web.1"
    assert container.labels[RELEASE] == "1"


def test_a_process_knows_its_port_and_its_name(stage, paas: Harness, docker: FakeDocker) -> None:
    stage.deploy(Procfile="web: serve\nworker: work")
    paas.ok("ps:scale", "shop", "worker=1")

    web, worker = (environment(docker, name) for name in ("shop.web.1", "shop.worker.1"))
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
def test_the_port_is_that_of_the_first_mapping_else_of_the_image(ports, exposed, expected: int) -> None:
    from paas_scheduler_docker import containers

    image = Image("sha256:1", "none", ports=exposed)
    release = Release(1, 1, 1, "live", 0, image, ports=ports)

    assert containers.port(release) == expected


def test_the_old_process_goes_on_until_the_new_one_works(stage, paas: Harness, docker: FakeDocker) -> None:
    stage.deploy()
    old = stage.routes["shop"]

    stage.deploy()

    assert stage.routes["shop"] != old
    names = {c.name.partition(".web.1")[2]: c for c in docker.containers({})}
    assert names.keys() > {""}
    assert all(c.is_running for c in names.values()), "the old one may finish what it does"
    assert len(paas.detached) == 1


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("sh -c 'echo no database; exit 3'", "exited with code 0"),
        ("sleep 1000", "nothing listens on port 5000 after 1 seconds"),
    ],
)
def test_a_process_that_does_not_work_fails_with_its_log(
    stage, paas: Harness, docker: FakeDocker, command: str, reason: str
) -> None:
    stage.deploy(Procfile="web: serve")
    old = stage.routes["shop"], [c.id for c in docker.containers({})]
    paas.ok("scheduler-docker:set", "shop", "start-timeout", "1")
    paas.ok("ps:set", "shop", "restart-policy", "no")

    with pytest.raises(PaasError, match="Could not start shop web"):
        stage.deploy(Procfile=f"web: {command}")

    assert (stage.routes["shop"], [c.id for c in docker.containers({})]) == old
    assert leased(paas) == 1


def environment(docker: FakeDocker, name: str) -> dict[str, str]:
    return dict(entry.partition("=")[::2] for entry in docker.inspect(name)["Config"]["Env"])


def leased(paas: Harness) -> int:
    with paas.inside():
        return len(network.leases())
