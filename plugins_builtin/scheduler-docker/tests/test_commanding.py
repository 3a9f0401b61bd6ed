from __future__ import annotations

import os
import signal
import time
from dataclasses import replace

import pytest

from paas import App, Mount, PaasError, hookimpl
from paas.testing import Harness, Inventory
from paas_docker.api import Container, State
from paas_scheduler import api as scheduler
from paas_scheduler.api import Command
from paas_scheduler_docker import attending, commanded, commanding, comparison, names, strays
from paas_scheduler_docker.testing import Stage

MOUNTS = [
    Mount("/srv/all", "/data"),
    Mount("/srv/run", "/once", phases=("run",)),
    Mount("/srv/work", "/work", processes=("worker",)),
    Mount("/srv/deploy", "/deploy", phases=("deploy",)),
]


def test_a_command_has_what_the_release_has_and_no_port(stage: Stage, paas: Harness) -> None:
    container = planned(stage, paas, Command(["echo", "$COLOUR"], {"SIZE": "a b"}))

    assert container.name == "shop.run.7"
    assert container.command == ["echo", "$COLOUR"], "no shell reads it"
    assert container.environment == {"COLOUR": "red", "SIZE": "a b", "DYNO": "run.7"}
    assert [mount.target for mount in container.mounts] == ["/data", "/once"]
    assert container.options["OpenStdin"] is True
    assert container.options["Tty"] is False
    assert container.address is None, "it needs none of ours"


def test_what_is_given_counts_more_than_what_the_release_has(stage: Stage, paas: Harness) -> None:
    assert planned(stage, paas, Command(["true"], {"COLOUR": "blue"})).environment["COLOUR"] == "blue"


def test_a_terminal_says_what_kind_it_is(stage: Stage, paas: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "vt100")

    assert planned(stage, paas, Command(["true"], tty=True)).environment["TERM"] == "vt100"
    assert "TERM" not in planned(stage, paas, Command(["true"])).environment


def test_without_a_command_it_is_the_apps_shell(stage: Stage, paas: Harness) -> None:
    paas.app("shop")
    paas.ok("scheduler:set", "shop", "shell", "/bin/zsh")

    command = planned(stage, paas, Command()).command

    assert command
    assert (command[0], command[-1]) == ("/bin/sh", "/bin/zsh")


def test_a_command_is_never_started_again_and_its_log_can_be_read(
    stage: Stage, paas: Harness, inventory: Inventory
) -> None:
    @hookimpl
    def container_options(container: Container) -> Container:
        return replace(container, restart="always", host={"Memory": 1 << 26, "LogConfig": {"Type": "none"}})

    inventory.plugin("limits", container_options, distribution="paas-stage")

    container = planned(stage, paas, Command(["true"]))

    assert container.restart == "no"
    assert container.host["Memory"] == 1 << 26
    assert container.host["LogConfig"]["Type"] == "json-file"


def test_an_attended_command_gives_its_code_and_leaves_nothing(
    stage: Stage, paas: Harness, inventory: Inventory, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.deploy()
    told: list[int] = []

    @hookimpl
    def scheduler_post_run(app: App, container_id: str, exit_code: int) -> None:
        assert container_id in [container.id for container in stage.containers().values()]
        told.append(exit_code)

    inventory.plugin("ledger", scheduler_post_run, distribution="paas-stage")
    before = stage.containers()

    with paas.inside():
        assert scheduler.run_attached(paas.app("shop"), stage.live(), Command(["exit", "3"])) == 3

    assert told == [3]
    assert stage.containers() == before


def test_a_command_that_a_plugin_refuses_leaves_nothing(stage: Stage, paas: Harness, inventory: Inventory) -> None:
    stage.deploy()
    before = stage.containers()

    @hookimpl
    def post_container_create(phase: str, process_type: str) -> None:
        raise PaasError(f"no {phase} of {process_type}")

    inventory.plugin("picky", post_container_create, distribution="paas-stage")

    for start in (scheduler.run_attached, scheduler.run_detached):
        with paas.inside(), pytest.raises(PaasError, match="no run of run"):
            start(paas.app("shop"), stage.live(), Command(["true"]))
    assert stage.containers() == before


def test_a_detached_command_stays_until_it_ends_or_its_time_has_passed(
    stage: Stage, paas: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.deploy()
    name = detached(stage, "sleep", "9")
    monkeypatch.setattr(os, "getpid", lambda: 2**22 + 1)  # whoever started it is gone

    with paas.inside():
        strays.sweep()
        app = paas.app("shop")
        assert comparison.differences(app) == []
        assert [one.name for one in commanded.running(app)] == [name]
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + 61)
        assert len(comparison.differences(app)) == 1
        assert commanded.retire(app) == [name]
        assert commanded.running(app) == []
    assert name not in stage.containers()


def test_a_command_that_has_ended_is_gone(stage: Stage, paas: Harness) -> None:
    stage.deploy()

    name = detached(stage, "echo", "hello")

    assert name.startswith("shop.run.")
    assert name not in stage.containers()


@pytest.mark.parametrize(
    ("status", "labels", "stays"),
    [
        ("running", {}, True),
        ("created", {}, True),
        ("running", {commanded.ENDS: "0"}, False),
        ("running", {commanded.ATTENDANT: "1.1"}, False),
        ("running", {commanded.ATTENDANT: "1.1", commanded.DETACHED: ""}, True),
        ("paused", {commanded.ATTENDANT: "1.1", commanded.DETACHED: ""}, True),
        ("created", {commanded.ATTENDANT: "1.1", commanded.DETACHED: ""}, False),
    ],
)
def test_a_command_may_go_on_while_it_is_attended_or_runs_by_itself(
    status: str, labels: dict[str, str], stays: bool
) -> None:
    container = State("c0ffee", "shop.run.7", status, {**commanded.labels("run", 60, detached=False), **labels})

    assert commanded.may_go_on(container) is stays


def test_what_is_no_command_may_not_go_on_as_one() -> None:
    assert not commanded.may_go_on(State("c0ffee", "shop.web.1", "running", {}))


def test_a_number_is_free() -> None:
    taken = {f"shop.run.{number}" for number in range(commanding.NUMBERS) if number != 5}

    assert commanding.free_number([], "shop.run.") in range(commanding.NUMBERS)
    with pytest.raises(PaasError, match="Too many"):
        commanding.free_number(taken | {"shop.run.5"}, "shop.run.")


def test_a_rename_names_commands_too(stage: Stage, paas: Harness) -> None:
    stage.deploy()
    name = detached(stage, "sleep", "9")

    paas.ok("apps:rename", "shop", "store")
    with paas.inside():
        names.of_commands(paas.app("store"))

    assert name.replace("shop", "store") in stage.containers()


def test_the_first_signal_ends_the_block_and_no_other_disturbs_its_end(paas: Harness) -> None:
    ended: list[bool] = []

    def work() -> None:
        with attending.signals():
            try:
                os.kill(os.getpid(), signal.SIGHUP)
                time.sleep(60)
            finally:
                os.kill(os.getpid(), signal.SIGTERM)
                os.kill(os.getpid(), signal.SIGINT)
                ended.append(True)

    with paas.inside(), pytest.raises(attending.Left):
        work()
    assert ended
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_DFL


def test_the_first_ctrl_c_is_the_commands(paas: Harness) -> None:
    passed: list[str] = []

    def work() -> None:
        with attending.signals(lambda: passed.append("INT")):
            os.kill(os.getpid(), signal.SIGINT)
            assert passed == ["INT"]
            os.kill(os.getpid(), signal.SIGINT)

    with paas.inside(), pytest.raises(attending.Left):
        work()
    assert passed == ["INT"]


def planned(stage: Stage, paas: Harness, command: Command) -> Container:
    stage.deploy()
    release = replace(stage.live(), config={"COLOUR": "red"}, mounts=MOUNTS)
    with paas.inside():
        return commanding.plan(paas.app("shop"), release, command, 7, detached=False)


def detached(stage: Stage, *words: str) -> str:
    """The name of a command of the live release that runs in the background."""
    with stage.paas.inside():
        return scheduler.run_detached(stage.paas.app("shop"), stage.live(), Command(words, ttl_seconds=60))
