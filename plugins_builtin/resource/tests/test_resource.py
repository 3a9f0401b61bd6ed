from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pytest

from paas import InvalidValue, releases
from paas.testing import Harness
from paas_docker.api import Container
from paas_docker.testing import FakeDocker
from paas_resource import container, plugin, quantities
from paas_scheduler_docker.testing import Stage


@pytest.fixture
def stage_also() -> Sequence[str]:
    return ["paas-resource"]


def test_limits_hold_from_the_next_start_on(stage: Stage, paas: Harness, docker: FakeDocker) -> None:
    stage.deploy(Procfile="web: serve\nworker: work\n")
    paas.ok("ps:scale", "shop", "worker=1")
    paas.ok("resource:limit", "--cpu", "0.5", "--memory", "512", "shop")
    paas.ok("resource:limit", "--memory", "1g", "--process-type", "worker", "shop")
    paas.ok("resource:reserve", "--memory", "64m", "shop")

    paas.ok("ps:restart", "shop")

    web, worker = asked(paas, docker, "web"), asked(paas, docker, "worker")
    assert (web["NanoCpus"], web["Memory"], web["MemoryReservation"]) == (500_000_000, 512 << 20, 64 << 20)
    assert (worker["NanoCpus"], worker["Memory"]) == (500_000_000, 1 << 30), "what the type doesn't say holds for all"


def asked(paas: Harness, docker: FakeDocker, type: str) -> Mapping[str, object]:
    """The `HostConfig` of what runs as a process type."""
    app = paas.app()
    with paas.inside():
        (process,) = [process for process in releases.processes(app) if process.slot.type == type]
    found: Mapping[str, object] = docker.inspect(process.container)["HostConfig"]
    return found


def test_a_limit_is_shown_as_it_was_set(paas: Harness) -> None:
    paas.app()

    said = paas.ok("resource:limit", "--memory", "512", "--process-type", "web", "shop")

    assert said.splitlines() == ["=====> Setting resource limits for shop [web]", "       memory: 512"]
    shown = paas.ok("resource:limit", "--process-type", "web", "shop")
    assert shown.splitlines()[0] == "=====> resource limits shop information [web]"
    assert [line.split() for line in shown.splitlines() if "memory:" in line] == [["memory:", "512"]]
    assert "[defaults]" in paas.ok("resource:limit", "shop")


def test_an_empty_value_clears_one_limit_and_clear_all_of_a_type(paas: Harness) -> None:
    paas.app()
    paas.ok("resource:limit", "--memory", "512", "--cpu", "1", "shop")
    paas.ok("resource:limit", "--memory", "64", "--process-type", "web", "shop")

    paas.ok("resource:limit", "--cpu", "", "shop")
    assert report(paas) == {"_default_-limit-memory": "512", "web-limit-memory": "64"}

    assert paas.ok("resource:limit-clear", "shop") == "-----> Clearing resource limits for shop [defaults]\n"
    assert report(paas) == {"web-limit-memory": "64"}
    paas.ok("resource:limit-clear", "--process-type", "web", "shop")
    assert report(paas) == {}


def test_reservations_are_apart_from_limits(paas: Harness) -> None:
    paas.app()
    paas.ok("resource:limit", "--memory", "512", "shop")
    paas.ok("resource:reserve", "--memory", "256", "shop")

    assert report(paas) == {"_default_-limit-memory": "512", "_default_-reserve-memory": "256"}
    paas.ok("resource:reserve-clear", "shop")
    assert report(paas) == {"_default_-limit-memory": "512"}


def report(paas: Harness) -> dict[str, str]:
    found: dict[str, str] = json.loads(paas.ok("resource:report", "shop", "--format", "json"))
    return found


def test_a_clone_has_the_limits_and_an_app_of_the_same_name_not(paas: Harness) -> None:
    paas.app()
    paas.ok("resource:limit", "--memory", "512", "shop")
    paas.ok("apps:clone", "shop", "copy")

    paas.ok("apps:destroy", "--force", "shop")
    paas.app()

    assert report(paas) == {}
    assert "512" in paas.ok("resource:report", "copy")


@pytest.mark.parametrize(
    "words",
    [
        ("--memory", "5m"),
        ("--memory", "lots"),
        ("--memory", "-1"),
        ("--memory", "1.5g"),
        ("--memory", "9" * 40),
        ("--cpu", "0"),
        ("--cpu", "1e9"),
        ("--cpu", "٣"),
        ("--nvidia-gpu", "some"),
        ("--memory-swap", "512"),
        ("--memory", "512", "--memory-swap", "256"),
        ("--memory", "512", "--process-type", "../web"),
    ],
)
def test_what_can_not_be_is_refused_and_changes_nothing(paas: Harness, words: Sequence[str]) -> None:
    paas.app()

    refused = paas.run("resource:limit", *words, "shop")

    assert refused.exit_code in (1, 2)
    assert " !     " in refused.stderr
    assert report(paas) == {}


def test_a_reservation_above_the_limit_is_refused(paas: Harness) -> None:
    paas.app()
    paas.ok("resource:limit", "--memory", "512", "shop")

    refused = paas.run("resource:reserve", "--memory", "1g", "shop")

    assert refused.exit_code == 1
    assert "web" not in refused.stderr
    assert report(paas) == {"_default_-limit-memory": "512"}


def test_an_app_that_is_not_there_has_none(paas: Harness) -> None:
    assert paas.run("resource:limit", "shop").exit_code == 20


def test_where_buildpacks_run_the_limits_of_builds_hold_and_no_others(paas: Harness) -> None:
    app = paas.app()
    paas.ok("resource:limit", "--memory", "64m", "--cpu", "0.1", "shop")
    plain = Container("shop.build", "stack", host={"Init": True})

    with paas.inside():
        assert plugin.build_container(plain, app) == plain
    paas.ok("resource:limit", "--memory", "1g", "--process-type", "build", "shop")
    with paas.inside():
        limited = plugin.build_container(plain, app)
    assert limited.host == {"Init": True, "Memory": 1 << 30}


def test_the_limits_of_builds_are_words_for_the_build(paas: Harness) -> None:
    app = paas.app()
    paas.ok("resource:limit", "--memory", "1g", "--process-type", "build", "shop")

    with paas.inside():
        assert container.build_words(app) == ["--memory=1g"]


@pytest.mark.parametrize(
    ("written", "counted"), [("512", 512 << 20), ("512M", 512 << 20), ("1g", 1 << 30), ("8000000b", 8_000_000)]
)
def test_an_amount_without_a_unit_is_megabytes(written: str, counted: int) -> None:
    assert quantities.in_bytes(quantities.memory(written)) == counted


def test_graphics_processors_are_asked_for_by_number_or_all(paas: Harness) -> None:
    app = paas.app()
    for said, count in (("all", -1), ("2", 2)):
        paas.ok("resource:limit", "--nvidia-gpu", said, "shop")
        with paas.inside():
            assert container.host(app, "web")["DeviceRequests"][0]["Count"] == count
    with pytest.raises(InvalidValue):
        quantities.gpus("0")
