"""A disk that is full or read-only: the apps go on, the store stays whole, and the errors say what is needed."""

from __future__ import annotations

import errno
import os
import shlex
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

from testbed.client import Answer, Client, web
from testbed.system import System

ROOM = 12
"""Megabytes that the disk of the data root has more than lies there."""
NEEDS = "and a deploy needs 1.0 MB"
READS = (
    "apps:list",
    "apps:report {app}",
    "config:show {app}",
    "ps:report {app}",
    "domains:report {app}",
    "git:report {app}",
    "nginx:show-config {app}",
    "logs {app}",
    "urls {app}",
)
WRITES = (
    "apps:create another",
    "apps:destroy --force {app}",
    "apps:rename {app} another",
    "config:set {app} A=2",
    "config:set --no-restart {app} A=2",
    "domains:add {app} www.example.com",
    "git:set {app} deploy-branch other",
    "ps:scale {app} web=2",
    "ps:restart {app}",
    "ps:rebuild {app}",
    "ps:stop {app}",
    "checks:disable {app}",
)


@dataclass(frozen=True)
class Disk:
    """The disk of a system's data root, of a few megabytes."""

    folder: Path

    def fill(self) -> None:
        with open(self.folder / "ballast", "wb", buffering=0) as file:
            while not _is_full(file):
                pass

    def empty(self) -> None:
        (self.folder / "ballast").unlink(missing_ok=True)

    def remount(self, options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", self.folder], check=True)


def _is_full(file: IO[bytes]) -> bool:
    try:
        file.write(b"x" * 4096)
    except OSError as error:
        return error.errno == errno.ENOSPC
    return False


@pytest.fixture
def disk(system: System, tmp_path: Path) -> Iterator[Disk]:
    """The data root of the system, on a small disk for as long as a test lasts."""
    kept = tmp_path / "kept"
    _copy(system.root, kept)
    used = int(subprocess.run(["du", "-sm", kept], capture_output=True, check=True, text=True).stdout.split()[0])
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={used + ROOM}m", "tmpfs", system.root], check=True)
    try:
        _copy(kept, system.root)
        system.ok("doctor:set", "--global", "min-free", "1m")
        yield (small := Disk(system.root))
        small.empty()
        shutil.rmtree(kept)
        system.ok("doctor:set", "--global", "min-free")
        _copy(system.root, kept)
    finally:
        subprocess.run(["umount", system.root], check=True)
    for old in system.root.iterdir():
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    _copy(kept, system.root)


def _copy(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-a", "-T", source, target], check=True)


@pytest.fixture
def shop(system: System, ann: Client, disk: Disk) -> Path:
    """The working copy of an app that runs."""
    copy = ann.app(f"shop-{ann.folder.parent.name[-12:].strip('_').replace('_', '-')}", web("old"))
    assert (pushed := ann.push(copy)).code == 0, pushed.all
    return copy


def test_a_full_disk_refuses_what_writes_and_serves_what_reads(
    system: System, ann: Client, disk: Disk, shop: Path
) -> None:
    disk.fill()

    for command in READS:
        read = ann.ssh(command.format(app=shop.name))
        assert read.code == 0, (command, read.all)
    for command in WRITES:
        assert_refused(command, ann.ssh(command.format(app=shop.name)), f"{disk.folder} is full", NEEDS)
    assert_refused("doctor", system.paas("doctor"), NEEDS)
    assert system.paas("cleanup", "--dry-run").code == 0
    assert ann.get(f"{shop.name}.paas.test").body == "old"
    ann.commit(shop, {"www/index.html": "new"})
    pushed = ann.push(shop)
    assert pushed.code != 0
    assert f"are free for {disk.folder} (data root)" in pushed.err
    assert NEEDS in pushed.err

    disk.empty()
    assert_whole(system, ann, shop)


def test_a_read_only_disk_refuses_what_writes_and_serves_what_reads(
    system: System, ann: Client, disk: Disk, shop: Path
) -> None:
    disk.remount("ro")
    try:
        for command in READS:
            read = ann.ssh(command.format(app=shop.name))
            assert read.code == 0, (command, read.all)
        for command in WRITES:
            assert_refused(command, ann.ssh(command.format(app=shop.name)), f"{disk.folder} is mounted read-only")
        assert_refused("doctor", system.paas("doctor"), f"{disk.folder} is mounted read-only")
        ann.commit(shop, {"www/index.html": "new"})
        pushed = ann.push(shop)
        assert ann.get(f"{shop.name}.paas.test").body == "old"
    finally:
        disk.remount("rw")

    assert pushed.code != 0
    assert f"{disk.folder} is mounted read-only" in pushed.err
    assert_whole(system, ann, shop)


@pytest.mark.parametrize("phase", ["build", "check"])
def test_a_disk_that_fills_up_during_a_deploy_costs_the_deploy_alone(
    system: System, ann: Client, disk: Disk, shop: Path, phase: str
) -> None:
    files = web("new")
    if phase == "build":
        fill = f"RUN echo filling {time.time()} && sleep 3"  # never the same, or a later run would find it cached
        files["Dockerfile"] = str(files["Dockerfile"]).replace("CMD", f"{fill}\nCMD")
        moment = "echo filling"
    else:
        files["app.json"] = '{"healthchecks": {"web": [{"type": "startup", "name": "up", "uptime": 3}]}}'
        moment = "Attempting pre-flight checks"
    ann.commit(shop, files)

    pushed = push_and(ann, shop, moment, disk.fill)

    assert pushed.code != 0, pushed.all
    assert f"{disk.folder} is full" in pushed.err, pushed.err
    assert "Traceback" not in pushed.err
    assert ann.get(f"{shop.name}.paas.test").body in ("old", "new")
    assert system.paas("tick").code in (0, 1)
    assert ann.get(f"{shop.name}.paas.test").body in ("old", "new")
    disk.empty()
    assert_whole(system, ann, shop)


def test_a_config_that_finds_no_room_changes_nothing(system: System, ann: Client, disk: Disk, shop: Path) -> None:
    ann.ok(f"config:set {shop.name} A=1")
    disk.fill()

    refused = ann.ssh(shlex.join(["config:set", shop.name, "A=2", f"B={'x' * 100_000}"]))

    assert_refused("config:set", refused, f"{disk.folder} is full")
    assert ann.ok(f"config:get {shop.name} A") == "1\n"
    disk.empty()
    assert system.environment(shop.name)["A"] == "1"
    assert_whole(system, ann, shop)


def push_and(ann: Client, copy: Path, moment: str, do: object) -> Answer:
    """Push, and do something when a line of the push has come."""
    assert callable(do)
    words = ["git", "-C", str(copy), "push", ann.url(copy.name), "main"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=ann.git_environment()) as push:
        assert push.stderr
        seen = []
        done = False
        for line in push.stderr:
            seen.append(line)
            if moment in line and not done:
                do()
                done = True
        code = push.wait(60)
    assert done, "".join(seen)
    return Answer(code, "", "".join(seen))


def assert_refused(command: str, answer: Answer, *reasons: str) -> None:
    assert answer.code == 1, (command, answer.all)
    assert any(reason in answer.err for reason in reasons), (command, answer.all)
    assert "Traceback" not in answer.all, (command, answer.all)


def assert_whole(system: System, ann: Client, copy: Path) -> None:
    """The store is sound, and the next push goes live with no other step."""
    with closing(sqlite3.connect(system.root / "state.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    os.sync()
    ann.commit(copy, web("newest"))
    pushed = ann.push(copy)
    assert pushed.code == 0, pushed.all
    assert ann.get(f"{copy.name}.paas.test").body == "newest"
    for _ in range(2):
        system.ok("tick")
        system.make_tasks_due()
    system.ok("tick")
    assert system.slots(copy.name) == ["web.1"]
    assert len(system.containers(copy.name)) == 1
    assert system.query("SELECT * FROM intents") == []
