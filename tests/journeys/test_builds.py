"""A deploy that is cancelled, from wherever, is taken back as a whole: nothing runs on, is locked or is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from testbed.client import Client, web
from testbed.system import System

SLEEP = f"9{os.getpid():07}"
"""Seconds that a build or a check would take; also how its process is found, and told from one of another run."""
SLOW_CHECK = '{"healthchecks": {"web": [{"type": "startup", "command": ["sleep", "SLEEP"], "timeout": 300}]}}'.replace(
    "SLEEP", SLEEP
)
SLOW_SCRIPT = '{"scripts": {"dokku": {"predeploy": "sleep SLEEP"}}}'.replace("SLEEP", SLEEP)


class Push:
    """A `git push` that goes on in the background, in a session of its own as a terminal would give it."""

    def __init__(self, ann: Client, copy: Path) -> None:
        words = ["git", "-C", copy, "push", ann.url(copy.name), "main"]
        self.program = subprocess.Popen(
            words,
            env=ann.git_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def interrupt(self) -> None:
        """Ctrl-C, which the terminal sends to git and ssh alike."""
        os.killpg(self.program.pid, signal.SIGINT)

    def lose(self) -> None:
        """Kill the client's ssh, which closes the connection."""
        ssh = descendants(self.program.pid, "ssh")
        assert ssh
        for pid in ssh:
            os.kill(pid, signal.SIGKILL)

    def ended(self) -> tuple[int, str]:
        said, _ = self.program.communicate(timeout=120)
        return self.program.returncode, said


def build_phase(page: str) -> dict[str, str | bytes]:
    return {**web(page), "Dockerfile": f'{web()["Dockerfile"]}RUN ["sleep", "{SLEEP}"]\n'}


def start_phase(page: str) -> dict[str, str | bytes]:
    return web(page, extra={"app.json": SLOW_SCRIPT})


def check_phase(page: str) -> dict[str, str | bytes]:
    return web(page, extra={"app.json": SLOW_CHECK})


PHASES: dict[str, Callable[[str], dict[str, str | bytes]]] = {
    "build": build_phase,
    "start": start_phase,
    "check": check_phase,
}
"""A phase to a source that would stay in it."""
every_phase = pytest.mark.parametrize("phase", PHASES)


@every_phase
def test_builds_cancel_stops_a_push_in_any_phase(system: System, ann: Client, phase: str) -> None:
    with waiting(system, ann, f"cancel-{phase}", phase) as (name, push):
        said = ann.ok(f"builds:cancel {name}")

        assert "is cancelled" in said
        assert_taken_back(system, ann, name, at_once=True)
        code, printed = push.ended()
        assert code == 1
        assert "pre-receive hook declined" in printed
        assert "was cancelled by key-" in printed


@every_phase
def test_ctrl_c_cancels_a_push_in_any_phase(system: System, ann: Client, phase: str) -> None:
    with waiting(system, ann, f"ctrl-c-{phase}", phase) as (name, push):
        push.interrupt()

        assert push.ended()[0] != 0
        assert_taken_back(system, ann, name)


@every_phase
def test_a_client_that_is_gone_cancels_its_push_in_any_phase(system: System, ann: Client, phase: str) -> None:
    with waiting(system, ann, f"lost-{phase}", phase) as (name, push):
        push.lose()

        assert push.ended()[0] != 0
        assert_taken_back(system, ann, name)


def test_ctrl_c_cancels_a_push_whose_connection_stays(system: System, ann: Client) -> None:
    with ann.connected() as kept, waiting(system, kept, "ctrl-c-kept", "build") as (name, push):
        push.interrupt()

        assert push.ended()[0] != 0
        assert_taken_back(system, kept, name)
        assert name in kept.ok("apps:list")


def test_a_push_whose_client_goes_when_it_is_live_completes(system: System, ann: Client) -> None:
    copy = ann.app("late", web("old"))
    assert ann.push(copy).code == 0
    ann.commit(copy, {"www/index.html": "new"})
    push = Push(ann, copy)
    watch(
        lambda: (
            system.query(
                "SELECT 1 FROM releases JOIN apps ON app_id = apps.id "
                "WHERE name = 'late' AND number = 2 AND status = 'live'"
            )
            or push.program.poll() is not None
        )
    )
    if push.program.poll() is None:
        push.interrupt()
        push.ended()
    else:  # it was quicker than the look at it
        assert push.program.returncode == 0, push.ended()

    watch(lambda: not running(system))
    assert ann.get("late.paas.test").body == "new"
    assert builds(system, "late")[0]["status"] == "succeeded"
    again = ann.push(copy)
    assert again.code == 0, again.all
    assert ann.get("late.paas.test").body == "new"


def test_a_restart_is_cancelled_with_its_variables_kept(system: System, ann: Client) -> None:
    copy = ann.app(
        "again",
        web(
            "page",
            extra={
                "app.json": '{"healthchecks": {"web": [{"type": "startup", '
                '"command": ["sh", "-c", "sleep $PAUSE"], "timeout": 300}]}}'
            },
        ),
    )
    ann.ok("apps:create again")
    ann.ok("config:set again PAUSE=0")
    assert ann.push(copy).code == 0
    restart = subprocess.Popen(
        [system.folder / "bin" / "paas", "config:set", "again", f"PAUSE={SLEEP}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    watch(lambda: sleepers() and running(system))

    ann.ok("builds:cancel again")

    _, said = restart.communicate(timeout=60)
    assert restart.returncode == 130
    assert "was cancelled by" in said
    assert ann.ok("config:get again PAUSE") == f"{SLEEP}\n"
    ann.ok("config:set --no-restart again PAUSE=0")
    assert_taken_back(system, ann, "again", page="page", at_once=True)


def test_a_build_that_goes_on_is_listed_and_followed(system: System, ann: Client) -> None:
    with waiting(system, ann, "followed", "check") as (name, push):
        follower = subprocess.Popen(
            [*ann._ssh, "-T", f"{ann.user}@127.0.0.1", f"builds:output {name}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert follower.stdout
        assert follower.stdout.readline() == f"-----> Building {name} from Dockerfile\n"
        [listed] = running(system)
        assert (listed["app"], listed["kind"], listed["source"]) == (name, "build", "git push")

        ann.ok(f"builds:cancel {name}")

        rest, _ = follower.communicate(timeout=60)
        assert follower.returncode == 0
        assert "was cancelled by" in rest.splitlines()[-1]
        push.ended()
        assert "canceled" in ann.ok(f"builds:info {name} {listed['id']}")


@contextmanager
def waiting(system: System, ann: Client, name: str, phase: str) -> Iterator[tuple[str, Push]]:
    """A push of an app that runs already, which has come to a phase and would stay there."""
    copy = ann.app(name, web("old"))
    assert ann.push(copy).code == 0
    ann.commit(copy, PHASES[phase]("new"))
    push = Push(ann, copy)
    try:
        watch(lambda: sleepers() or push.program.poll() is not None)
        assert push.program.poll() is None, push.ended()
        yield name, push
    finally:
        if push.program.poll() is None:
            os.killpg(push.program.pid, signal.SIGKILL)
            push.program.wait()


def assert_taken_back(system: System, ann: Client, name: str, page: str = "old", *, at_once: bool = False) -> None:
    """All is as before the deploy; with `at_once` there is nothing to wait for."""
    if not at_once:
        watch(lambda: not running(system))
    assert builds(system, name)[0]["status"] == "canceled"
    watch(lambda: not sleepers(), 5)
    assert ann.get(f"{name}.paas.test").body == page
    known = {
        row["container"]
        for row in system.query("SELECT container FROM processes JOIN apps ON app_id = apps.id WHERE name = ?", name)
    }
    assert set(system.containers(name)) == known
    statuses = [
        row["status"]
        for row in system.query(
            "SELECT status FROM releases JOIN apps ON app_id = apps.id WHERE name = ? ORDER BY number", name
        )
    ]
    assert statuses in (["live"], ["live", "failed"])
    assert len(system.images(name)) == 1
    assert system.query("SELECT * FROM intents") == []
    assert list((system.root / "tmp").glob("*")) == []
    system.ok("ps:restart", name)  # the lock is free


def builds(system: System, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(system.ok("builds:list", name, "--format", "json"))
    return found


def running(system: System) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(system.ok("builds:list", "--format", "json"))
    return found


def sleepers() -> list[int]:
    """The processes, of containers too, that would sleep for so long."""
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*") if SLEEP in command(folder)[1:2]]


def descendants(pid: int, name: str) -> list[int]:
    """The processes of a session that have a name."""
    of_session = subprocess.run(["ps", "-o", "pid=,comm=", "--sid", str(pid)], capture_output=True, text=True).stdout
    return [int(line.split()[0]) for line in of_session.splitlines() if line.split()[1] == name]


def command(folder: Path) -> list[str]:
    try:
        return (folder / "cmdline").read_text(errors="replace").split("\0")
    except OSError:
        return []


def processes() -> str:
    """All that run on this machine, for whoever has to find out why something hangs."""
    return subprocess.run(["ps", "axfww", "-o", "pid,etime,stat,wchan:20,args"], capture_output=True, text=True).stdout


def watch(there: Callable[[], object], seconds: float = 90) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < deadline, f"it never came to that, while there were:\n{processes()}"
        time.sleep(0.05)
