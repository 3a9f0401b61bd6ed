"""Many at once: nobody loses a request, a variable or a push."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from testbed import python_app
from testbed.changes import Changing
from testbed.client import Answer, Client, web
from testbed.load import load
from testbed.system import System
from testbed.truth import assert_all_agree

SOAK = bool(os.environ.get("PAAS_TEST_SOAK"))
TIMES, RATE = (20, 200) if SOAK else (2, 20)
WRITERS, WRITES = 20, 500 if SOAK else 5
APPS, PUSHES = (50, 200) if SOAK else (3, 9)
WRITER = """
import sys
from paas.cli import start

writer, count = map(int, sys.argv[1:])
for number in range(count):
    if start(["config:set", "written", f"W{writer}_{number}={number}", f"LAST_{writer}={number}"]):
        sys.exit(f"{number} was not set")
print("all are set", file=sys.stderr)
"""
"""A program that runs so many commands in one process, since ten thousand starts would take far longer."""


def test_no_change_of_an_app_and_no_deploy_that_fails_costs_a_request(system: System, ann: Client) -> None:
    with python_app.base_image():
        app = Changing.deployed(ann, "busy", drain_seconds=20)
        with load(ann, app.host, RATE, seconds=1800) as users:
            app.redeploy_often(TIMES)
            app.scale_often(TIMES)
            app.set_config_often(TIMES)
            app.fail_often(TIMES)

    assert users.lost == []
    assert {request.kind for request in users.seen} == {"page", "slow", "upload", "socket"}
    assert_all_agree(system, app.name)


def test_writers_at_once_lose_no_variable(system: System, ann: Client) -> None:
    ann.ok("apps:create written")

    with ThreadPoolExecutor(WRITERS) as pool:
        said = list(pool.map(lambda writer: written(system, writer), range(WRITERS)))

    assert set(said) == {"all are set\n"}
    wanted = {f"W{writer}_{number}": str(number) for writer in range(WRITERS) for number in range(WRITES)}
    wanted |= {f"LAST_{writer}": str(WRITES - 1) for writer in range(WRITERS)}
    told = system.ok("config:export", "written", "--format", "envfile")
    assert dict(line.split("=", 1) for line in told.replace('"', "").splitlines()) == wanted


def written(system: System, writer: int) -> str:
    """What a process says that sets variables one after the other, a command each."""
    python = (system.folder / "opt" / "current").resolve() / "bin" / "python"
    argv = [python, "-I", "-c", WRITER, str(writer), str(WRITES)]
    done = subprocess.run(argv, capture_output=True, text=True, cwd="/", timeout=3600)
    return done.stderr or f"status {done.returncode}"


def test_pushes_at_once_end_as_a_success_or_a_clear_refusal_and_never_mix(system: System, ann: Client) -> None:
    """Several users push something of their own to the same apps, by force."""
    copies = [made_copy(ann, f"many-{number % APPS}", number) for number in range(PUSHES)]

    with ThreadPoolExecutor(PUSHES) as pool:
        answers = list(pool.map(lambda copy: ann.push(copy, copy.parent.name, "+main"), copies))

    unclear = [answer.all for answer in answers if answer.code and not is_clear(answer)]
    assert unclear == []
    for app in {copy.parent.name for copy in copies}:
        pushed = {copy.name: copy for copy, answer in zip(copies, answers, strict=True) if copy.parent.name == app}
        won = {name for name, copy in pushed.items() if answers[copies.index(copy)].code == 0}
        assert_one_of_them_is_live(system, ann, app, {name: pushed[name] for name in won})


def made_copy(ann: Client, app: str, number: int) -> Path:
    return ann.app(f"{app}/push-{number}", web(f"push-{number}"))


def is_clear(answer: Answer) -> bool:
    said = ("currently has a deploy lock in place", "has moved since this push began")
    return "pre-receive hook declined" in answer.err and any(words in answer.err for words in said)


def assert_one_of_them_is_live(system: System, ann: Client, app: str, won: dict[str, Path]) -> None:
    """What is served, what the store says and the branch are the last of the pushes that said they had won."""
    releases = system.query(
        "SELECT status, json_extract(record, '$.revision') AS revision FROM releases"
        " JOIN apps ON apps.id = app_id WHERE name = ? ORDER BY number",
        app,
    )
    page = ann.get(f"{app}.paas.test").body
    assert page in won, f"{app} shows {page}; these have won: {sorted(won)}"
    revision = ann.git(won[page], "rev-parse", "HEAD").out.strip()
    lived = [row["revision"] for row in releases if row["status"] in ("live", "superseded")]
    assert lived[-1] == revision
    assert sorted(lived) == sorted(ann.git(copy, "rev-parse", "HEAD").out.strip() for copy in won.values())
    assert ann.git(won[page], "ls-remote", ann.url(app), "refs/heads/main").out.split()[0] == revision
    assert_all_agree(system, app)
