from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys

import pytest

from paas import PaasError
from paas.testing import Harness
from paas_logs.lines import Prefix
from paas_scheduler.api import LogLine
from paas_scheduler_docker.testing import Stage

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z app\[(web|worker)\.\d\]: (.*)")
TALKATIVE = "web: echo hello; echo world; serve\nworker: echo working; work\n"


def test_lines_say_when_and_who(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile=TALKATIVE)
    paas.ok("ps:scale", "shop", "worker=1")

    lines = [LINE.fullmatch(line) for line in paas.ok("logs", "shop").splitlines()]

    assert [line.groups() for line in lines if line] == [("web", "hello"), ("web", "world"), ("worker", "working")]
    assert all(lines), "no colours unless it is a terminal"


def test_quiet_lines_are_the_text_alone(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile=TALKATIVE)

    assert paas.ok("logs", "shop", "-q") == "hello\nworld\n"


def test_the_last_lines_of_each_process_can_be_had(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile=TALKATIVE)
    paas.ok("ps:scale", "shop", "web=2")

    assert paas.ok("logs", "shop", "-q", "--num", "1") == "world\nworld\n"
    assert paas.ok("logs", "shop", "-q", "-n", "0") == ""
    assert paas.run("logs", "shop", "-n", "-1").exit_code == 2


@pytest.mark.parametrize("process", ["worker", "worker.1"])
def test_one_process_can_be_had(stage: Stage, paas: Harness, process: str) -> None:
    stage.deploy(Procfile=TALKATIVE)
    paas.ok("ps:scale", "shop", "worker=1")

    assert paas.ok("logs", "shop", "-q", "-p", process) == "working\n"


def test_a_process_that_does_not_run_has_no_logs(stage: Stage, paas: Harness) -> None:
    stage.deploy()

    result = paas.run("logs", "shop", "--ps", "wroker")

    assert result.exit_code == 1
    assert "It runs: web" in result.stderr


def test_an_app_that_was_not_deployed_has_no_logs(stage: Stage, paas: Harness) -> None:
    paas.app("shop")

    result = paas.run("logs", "shop")

    assert result.exit_code == 1
    assert "App shop has not been deployed" in result.stderr


def test_a_stopped_app_says_how_to_start_it(stage: Stage, paas: Harness) -> None:
    stage.deploy()
    paas.ok("ps:stop", "shop")

    assert "ps:start shop" in paas.run("logs", "shop").stderr


def test_processes_have_colours_on_a_terminal() -> None:
    prefix = Prefix(coloured=True)

    web, worker = (prefix.of(LogLine("2024-01-01T00:00:00.000000000Z", name, "")) for name in ("web.1", "worker.1"))

    assert web == "\x1b[36m2024-01-01T00:00:00.000000000Z app[web.1]:\x1b[0m"
    assert worker.startswith("\x1b[33m")
    assert prefix.of(LogLine("2024-01-01T00:00:00.000000000Z", "web.1", "")) == web


def test_what_failed_the_last_deploy_is_kept(stage: Stage, paas: Harness) -> None:
    stage.deploy("blog")
    stage.deploy("shop")
    with pytest.raises(PaasError):
        stage.deploy("shop", Procfile="web: echo no database; exit 1")

    heading, line = paas.ok("logs:failed", "shop").splitlines()
    assert heading == "=====> shop failed logs"
    assert LINE.fullmatch(line)[2] == "no database"
    assert paas.ok("logs:failed", "--all").splitlines() == [heading, line]


def test_without_a_failure_there_is_nothing_to_show(stage: Stage, paas: Harness) -> None:
    stage.deploy()

    result = paas.run("logs:failed", "shop")

    assert (result.exit_code, result.stdout) == (0, "")
    assert "No process of shop failed" in result.stderr


@pytest.mark.parametrize(
    ("size", "expected"), [("500k", {"max-size": "500k"}), ("unlimited", {}), (None, {"max-size": "10m"})]
)
def test_the_size_of_a_log_can_be_set(stage: Stage, paas: Harness, size: str | None, expected: dict[str, str]) -> None:
    from paas_docker.api import Container
    from paas_logs import container

    shop = paas.app("shop")
    if size:
        paas.ok("logs:set", "shop", "max-size", size)

    with paas.inside():
        plain = Container("shop.web.1", "base", host={"Memory": 1, "LogConfig": {"Type": "local", "Config": {}}})
        assert container.sized(plain, shop).host == {"Memory": 1, "LogConfig": {"Type": "local", "Config": expected}}
        elsewhere = Container("shop.web.1", "base", host={"LogConfig": {"Type": "journald"}})
        assert container.sized(elsewhere, shop) is elsewhere


@pytest.mark.parametrize("size", ["big", "10x", "0m", "m", "1.5m", "10m\n"])
def test_a_size_is_a_number_and_a_unit(paas: Harness, size: str) -> None:
    paas.app("shop")

    assert "not a size" in paas.run("logs:set", "shop", "max-size", size).stderr


WAITING = """
import time
import signal
from paas.cancelling import end_with_reader
end_with_reader(signal.SIGTERM)
print("watching", flush=True)
time.sleep(60)
"""


def test_following_ends_when_the_reader_goes_away() -> None:
    follower = subprocess.Popen([sys.executable, "-c", WAITING], stdout=subprocess.PIPE)
    assert follower.stdout
    assert follower.stdout.readline() == b"watching\n"
    assert follower.poll() is None

    follower.stdout.close()

    assert follower.wait(timeout=20) == -signal.SIGTERM


def test_following_ends_when_an_ssh_client_goes_away() -> None:
    ours, theirs = socket.socketpair()  # sshd's own way to a command
    with ours, subprocess.Popen([sys.executable, "-c", WAITING], stdout=theirs) as follower:
        theirs.close()
        with ours.makefile() as lines:
            assert lines.readline() == "watching\n"

        ours.close()

        assert follower.wait(timeout=20) == -signal.SIGTERM


def test_help_has_dokkus_short_word(paas: Harness) -> None:
    assert "Usage: paas logs" in paas.ok("logs", "-h")
