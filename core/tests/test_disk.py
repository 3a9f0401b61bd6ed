"""Little room, no room and disks that can't be written: on real disks, which need root, and on made-up ones."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO

import pytest

from paas import App, PaasError, Source, apps, disk, hookimpl, lifecycle, output, state
from paas.context import Context
from paas.state import GLOBAL
from paas.testing import Harness, Inventory

from .conftest import World

M = 1 << 20


@pytest.fixture
def inside(paas: Harness) -> Iterator[Context]:
    with paas.inside() as context:
        yield context


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 kB"), (250 * M, "250 MB"), (5000 << 30, "5000 GB")]
)
def test_a_size_is_printed_as_people_read_it(count: int, text: str) -> None:
    assert disk.size(count) == text


def test_a_deploy_begins_with_the_question_for_room(
    world: World, shop: App, inside: Context, inventory: Inventory
) -> None:
    @hookimpl
    def require_room(is_deploy: bool) -> None:
        raise PaasError(f"no room, {is_deploy}")

    inventory.plugin("narrow", require_room)

    with pytest.raises(PaasError, match="no room, True"):
        lifecycle.receive(shop, Source(Path("/nowhere"), "a", "git-push"), "git push")

    assert world.events == []
    assert not (inside.paths.app("shop") / "builds").exists()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
def test_a_write_that_the_disk_refuses_is_an_error_that_says_so(inside: Context, number: int) -> None:
    error = disk.blamed(OSError(number, os.strerror(number), str(inside.paths.root)))

    assert error
    assert os.strerror(number) in error.message
    assert str(inside.paths.root) in error.message
    assert error.hint


def test_any_other_failure_is_not_blamed_on_the_disk() -> None:
    assert disk.blamed(OSError(errno.ENOENT, "No such file")) is None
    assert disk.blamed(ValueError("No space left on device")) is None
    assert disk.blamed_words("fatal: not a git repository") is None


# Real disks

LITTLE = pytest.mark.journey  # a mount needs root


class Disk:
    """A disk of a few megabytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, but: int = 0) -> None:
        """Leave so many bytes free."""
        with open(self.folder / "ballast", "wb", buffering=0) as file:
            while not self._is_full(file):
                pass
            file.truncate(file.tell() - but)

    def _is_full(self, file: IO[bytes]) -> bool:
        try:
            file.write(b"x" * 4096)
        except OSError as error:
            return error.errno == errno.ENOSPC
        return False

    def empty(self) -> None:
        (self.folder / "ballast").unlink()

    def mount(self, options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", self.folder], check=True)


@pytest.fixture
def little(paas: Harness) -> Iterator[Disk]:
    """The data root on a disk of its own, of 2 MB."""
    paas.paths.root.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", paas.paths.root], check=True)
    try:
        yield Disk(paas.paths.root)
    finally:
        subprocess.run(["umount", paas.paths.root], check=True)


def integrity(paas: Harness) -> str:
    import sqlite3

    with closing(sqlite3.connect(paas.paths.state)) as db:
        return str(db.execute("PRAGMA integrity_check").fetchone()[0])


@LITTLE
def test_a_full_disk_refuses_writes_by_name_serves_reads_and_harms_nothing(paas: Harness, little: Disk) -> None:
    paas.ok("apps:create", "shop")
    little.fill()

    refused = paas.run("apps:create", "blog")
    read = paas.ok("apps:list")

    assert refused.exit_code == 1
    assert f"{little.folder} is full, 0 B of 2.0 MB are free" in refused.stderr
    assert "Make room" in refused.stderr
    assert "shop" in read
    little.empty()
    assert integrity(paas) == "ok"
    paas.ok("apps:create", "blog")


@LITTLE
def test_a_command_that_makes_room_can_write_then(paas: Harness, little: Disk) -> None:
    paas.ok("apps:create", "shop")
    little.fill()
    with paas.inside():
        assert [app.name for app in apps.all()] == ["shop"]

        little.empty()

        apps.add("blog")
        assert [app.name for app in apps.all()] == ["blog", "shop"]


@LITTLE
def test_a_disk_that_fills_up_during_a_transaction_undoes_it(paas: Harness, little: Disk) -> None:
    with paas.inside():
        state.change("git", GLOBAL, {"branch": "main"})
        with pytest.raises(PaasError, match="is full"):
            _fill_up_within_a_transaction(little)

        assert state.properties("git", GLOBAL) == {"branch": "main"}
    little.empty()
    assert integrity(paas) == "ok"


def _fill_up_within_a_transaction(little: Disk) -> None:
    with state.CORE.writing():
        little.fill(but=64 * 1024)
        for number in range(200):
            state.change("git", GLOBAL, {f"key{number}": "x" * 4096})


@LITTLE
@pytest.mark.parametrize("is_open", [False, True], ids=["closed", "open"])
def test_a_read_only_disk_serves_reads_and_refuses_writes_by_name(paas: Harness, little: Disk, is_open: bool) -> None:
    paas.ok("apps:create", "shop")
    with paas.inside(), state.CORE.reading():
        if is_open:  # what WAL mode needs is there already, and holds the last change
            paas.ok("config:set", "--no-restart", "--global", "A=1")
            subprocess.run(["cp", "-a", *paas.paths.root.glob("state.db-*"), little.folder.parent], check=True)
    if is_open:
        subprocess.run(["cp", "-a", *little.folder.parent.glob("state.db-*"), little.folder], check=True)
    little.mount("ro")

    try:
        refused = paas.run("apps:create", "blog")
        read = paas.ok("apps:list")
        if is_open:
            assert paas.ok("config:get", "--global", "A") == "1\n"
    finally:
        little.mount("rw")

    assert refused.exit_code == 1
    assert f"{little.folder} is mounted read-only" in refused.stderr
    assert f"remount,rw {little.folder}" in refused.stderr
    assert "shop" in read
    assert integrity(paas) == "ok"


@LITTLE
def test_nobody_waits_for_a_read_only_disk_to_take_something(
    paas: Harness, little: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    paas.ok("apps:create", "shop")
    little.mount("ro")

    try:
        monkeypatch.setattr("time.sleep", lambda seconds: pytest.fail("It waits."))
        read = paas.ok("apps:report", "shop")
    finally:
        little.mount("rw")

    assert "shop" in read


@LITTLE
def test_a_log_that_finds_no_more_room_doesnt_stop_the_work(paas: Harness, little: Disk, tmp_path: Path) -> None:
    with paas.inside(), output.recorded(little.folder / "log"):
        little.fill()
        for number in range(3000):
            output.detail(f"line {number}")
        done = True

    assert done


@LITTLE
def test_a_plugin_that_meets_a_full_disk_has_no_bug(paas: Harness, little: Disk, inventory: Inventory) -> None:
    @hookimpl
    def tick() -> None:
        (little.folder / "notes").write_text("x" * M)

    inventory.plugin("notes", tick)
    with paas.inside():
        state.property("git", GLOBAL, "branch")
    little.fill()

    ticked = paas.run("tick")

    assert "notes failed in tick" in ticked.stderr
    assert f"{little.folder} is full" in ticked.stderr
    assert "Report it to" not in ticked.stderr
