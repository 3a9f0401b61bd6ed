from __future__ import annotations

from collections.abc import Iterator

import pytest

from paas import PaasError, apps
from paas.testing import Harness
from paas_docker.testing import FakeDocker
from paas_scheduler.api import LogLine, LogQuery
from paas_scheduler_docker import failures, logs
from paas_scheduler_docker.testing import Stage


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[tuple[str, str]]]:
    """Process to what it has printed, instead of what the stand-in prints."""
    lines: dict[str, list[tuple[str, str]]] = {}

    def read(self: FakeDocker, id: str, *, tail: int | None = None, follow: bool = False) -> Iterator[tuple[str, str]]:
        name = self.state(id).name
        yield from lines.get(name, [])[-tail if tail is not None else 0 :]

    monkeypatch.setattr(FakeDocker, "logs", read)
    return lines


def test_lines_of_several_processes_come_in_the_order_of_their_time(
    stage: Stage, paas: Harness, printed: dict[str, list[tuple[str, str]]]
) -> None:
    stage.deploy(Procfile="web: serve\nworker: work")
    paas.ok("ps:scale", "shop", "worker=1")
    printed["shop.web.1"] = [("2024-01-01T00:00:01.000000000Z", "b"), ("2024-01-01T00:00:03.000000000Z", "a")]
    printed["shop.worker.1"] = [("2024-01-01T00:00:02.000000000Z", "c")]
    shop = paas.app("shop")

    with paas.inside():
        lines = list(logs.read(shop, LogQuery()))

    assert [(line.process, line.text) for line in lines] == [("web.1", "b"), ("worker.1", "c"), ("web.1", "a")]


def test_lines_of_one_moment_stay_in_the_order_of_their_process(
    stage: Stage, paas: Harness, printed: dict[str, list[tuple[str, str]]]
) -> None:
    stage.deploy()
    printed["shop.web.1"] = [("2024-01-01T00:00:01.000000000Z", text) for text in ("z", "a", "m")]
    shop = paas.app("shop")

    with paas.inside():
        assert [line.text for line in logs.read(shop, LogQuery())] == ["z", "a", "m"]


def test_following_goes_on_with_the_processes_of_the_next_deploy(
    stage: Stage, paas: Harness, printed: dict[str, list[tuple[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "LOOK_SECONDS", 0.01)
    stage.deploy()
    printed["shop.web.1"] = [("1", "old")]
    shop = paas.app("shop")
    with paas.inside():
        lines = logs.read(shop, LogQuery(follow=True))
        assert next(lines) == LogLine("1", "web.1", "old")

        stage.deploy()
        printed["shop.web.1"] = [("2", "new")]

        assert next(lines) == LogLine("2", "web.1", "new")
        apps.remove(shop)
        assert list(lines) == []


def test_an_error_while_following_is_not_lost(
    stage: Stage, paas: Harness, printed: dict[str, list[tuple[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.deploy()
    shop = paas.app("shop")

    def fail(self: FakeDocker, id: str, **given: object) -> Iterator[tuple[str, str]]:
        raise PaasError("Docker has gone away")

    monkeypatch.setattr(FakeDocker, "logs", fail)
    with paas.inside(), pytest.raises(PaasError, match="gone away"):
        list(logs.read(shop, LogQuery(follow=True)))


def test_what_failed_is_forgotten_once_a_deploy_goes_well(stage: Stage, paas: Harness) -> None:
    shop = paas.app("shop")
    with pytest.raises(PaasError):
        stage.deploy(Procfile="web: echo oh; exit 1")
    with paas.inside():
        assert [(line.process, line.text) for line in failures.load(shop)] == [("web.1", "oh")]

    stage.deploy()

    with paas.inside():
        assert failures.load(shop) == []
