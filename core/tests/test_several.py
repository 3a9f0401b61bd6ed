from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence

import pytest

from paas import App, PaasError, UsageError, apps, output, several
from paas.testing import Harness, Inventory

pytestmark = pytest.mark.usefixtures("inventory")
WAIT_SECONDS = 20


@pytest.fixture
def three(paas: Harness, inventory: Inventory) -> Iterator[Sequence[App]]:
    with paas.inside():
        yield [apps.add(name) for name in ("blog", "shop", "wiki")]


def test_several_apps_have_their_turn_at_the_same_time(three: Sequence[App]) -> None:
    meeting = threading.Barrier(len(three))

    several.each(three, lambda app: void(meeting.wait(WAIT_SECONDS)), parallel=3)  # nobody leaves before all are there


def test_without_a_number_one_app_follows_another(three: Sequence[App]) -> None:
    inside: list[str] = []

    def work(app: App) -> None:
        assert inside == []
        inside.append(app.name)
        inside.clear()

    several.each(three, work)


def test_what_is_said_of_an_app_stands_together(three: Sequence[App], capsys: pytest.CaptureFixture[str]) -> None:
    meeting = threading.Barrier(len(three))

    def work(app: App) -> None:
        output.step(f"Restarting {app.name}")
        meeting.wait(WAIT_SECONDS)
        output.detail(f"done with {app.name}")

    several.each(three, work, parallel=3)

    said = capsys.readouterr().out.splitlines()
    assert sorted(zip(said[::2], said[1::2], strict=True)) == [
        (f"-----> Restarting {app.name}", f"       done with {app.name}") for app in three
    ]


@pytest.mark.parametrize("parallel", [1, 2])
def test_one_that_fails_is_named_and_the_others_go_on(
    three: Sequence[App], capsys: pytest.CaptureFixture[str], parallel: int
) -> None:
    done: list[str] = []

    def work(app: App) -> None:
        if app.name == "shop":
            raise PaasError("it is broken", hint="Mend it.")
        done.append(app.name)

    with pytest.raises(PaasError, match=r"Failed for shop\."):
        several.each(three, work, parallel)

    assert sorted(done) == ["blog", "wiki"]
    assert capsys.readouterr().err == " !     shop: it is broken\n !     Mend it.\n"


def test_what_has_not_begun_does_not_begin_after_an_interruption(three: Sequence[App]) -> None:
    begun: list[str] = []

    def work(app: App) -> None:
        begun.append(app.name)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        several.each(three, work)

    assert begun == ["blog"]


def test_all_processors_are_as_many_as_there_are() -> None:
    assert several.at_once(-1) == os.cpu_count()


@pytest.mark.parametrize("parallel", [0, -2])
def test_a_number_that_is_none_is_wrong_usage(three: Sequence[App], parallel: int) -> None:
    with pytest.raises(UsageError, match=f"--parallel can't be {parallel}"):
        several.each(three, lambda app: None, parallel)


def test_held_lines_are_in_the_log_at_once(paas: Harness, capsys: pytest.CaptureFixture[str]) -> None:
    with paas.inside() as context:
        held = output.Held()
        context.output, heard = held, context.output
        log = paas.paths.root / "one.log"
        with output.recorded(log):
            output.step("half-way")
            assert log.read_text() == "-----> half-way\n"
        assert capsys.readouterr().out == ""
        held.release(heard)

    assert capsys.readouterr().out == "-----> half-way\n"


def void(_: object) -> None:
    """For a function that must give nothing."""
