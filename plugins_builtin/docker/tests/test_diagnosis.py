"""What doctor is told of Docker itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from paas.testing import Harness
from paas_docker.api import DockerError
from paas_docker.diagnosis import diagnose
from paas_docker.testing import FakeDocker


def test_a_docker_that_answers_has_no_findings(paas: Harness, docker: FakeDocker) -> None:
    assert paas.wrong(diagnose) == []


def test_a_docker_that_cant_be_reached_is_found(paas: Harness, docker: FakeDocker) -> None:
    docker.refusals["info"] = "The Docker engine can't be reached: connection refused"

    assert "docker: The Docker engine can't be reached" in paas.run("doctor").stderr
    with pytest.raises(DockerError):
        paas.wrong(diagnose)


def test_an_old_docker_is_found(paas: Harness, docker: FakeDocker, monkeypatch: pytest.MonkeyPatch) -> None:
    def info() -> Mapping[str, Any]:
        return {"ServerVersion": "19.03.15"}

    monkeypatch.setattr(docker, "info", info)

    assert paas.wrong(diagnose) == ["docker: Docker is 19.03.15, which is older than 20.10."]


def test_a_report_of_the_server_says_which_docker_it_has(paas: Harness, docker: FakeDocker) -> None:
    said = paas.ok("report")

    assert "Docker version:                20.10.24" in said
    docker.refusals["info"] = "The Docker engine can't be reached."
    assert "docker:                        (The Docker engine can't be reached.)" in paas.ok("report")
