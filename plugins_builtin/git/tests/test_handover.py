"""The process that ssh started carries out the hook, and whatever ends early, nothing is accepted or left."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from paas.testing import Harness

from .conftest import Developer, install_stub

TEACHER = """\
import os
from pathlib import Path

from paas import hookimpl

START = os.getpid()


@hookimpl
def pre_receive(app, source):
    Path(os.environ["SEEN"]).write_text(f"{START} {os.getppid()} {'PAAS_HOOK_CALL' in os.environ} {os.getcwd()}")
    if "KILL" in os.environ:
        os.kill(os.getpid(), 9)
"""


def with_teacher(ann: Developer, tmp_path: Path, **variables: str) -> Path:
    install_stub(tmp_path / "site", "teacher", TEACHER)
    ann.environment.update(SEEN=str(tmp_path / "seen"), **variables)
    return tmp_path / "seen"


def test_one_process_takes_the_push_and_deploys_it(paas: Harness, ann: Developer, tmp_path: Path) -> None:
    seen = with_teacher(ann, tmp_path)
    ann.commit(a="1")

    assert ann.push().returncode == 0

    start, parent, has_call, folder = seen.read_text().split(" ", 3)
    assert start == parent  # the plugins were loaded by the process that became git
    assert has_call == "False"
    assert folder == str(paas.paths.repository("shop"))


def test_a_push_whose_deploying_process_is_killed_is_declined(paas: Harness, ann: Developer, tmp_path: Path) -> None:
    with_teacher(ann, tmp_path, KILL="yes")
    ann.commit(a="1")

    pushed = ann.push()

    assert pushed.returncode == 1
    assert "pre-receive hook declined" in pushed.stderr


def test_a_push_that_brings_nothing_leaves_no_process(paas: Harness, ann: Developer) -> None:
    ann.commit(a="1")
    assert ann.push().returncode == 0

    pushed = ann.push()

    assert "Everything up-to-date" in pushed.stderr
    deadline = time.monotonic() + 10
    while processes_in(paas.paths.repository("shop")):  # it sees that git has ended, and ends
        assert time.monotonic() < deadline


def test_a_push_on_the_server_itself_starts_a_process(paas: Harness, ann: Developer, tmp_path: Path) -> None:
    seen = with_teacher(ann, tmp_path)
    ann.commit(a="1")
    assert ann.push().returncode == 0
    ann.commit(a="2")

    ann.git("push", str(paas.paths.repository("shop")), "main")

    start, parent, _, folder = seen.read_text().split(" ", 3)
    assert start != parent
    assert folder == str(paas.paths.repository("shop"))


def test_a_hook_that_is_told_nothing_accepts_nothing(paas: Harness, ann: Developer) -> None:
    ann.commit(a="1")
    assert ann.push().returncode == 0

    told = subprocess.run(
        [paas.paths.repository("shop") / "hooks" / "pre-receive"],
        env=ann.environment,
        cwd=paas.paths.repository("shop"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )

    assert told.returncode == 1
    assert "there were none" in told.stderr


def processes_in(folder: Path) -> list[str]:
    """Processes that have a file below a folder open, or work there."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            links = [str(file.readlink()) for file in (process / "cwd", *(process / "fd").iterdir())]
        except OSError:  # it has ended
            continue
        if any(link.startswith(str(folder)) for link in links):
            found.append((process / "cmdline").read_text())
    return found
