from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from paas import scratch
from paas.testing import Harness


@pytest.fixture
def grown_old(monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders count as old at once."""
    monkeypatch.setattr(scratch, "YOUNG_SECONDS", 0)


def test_a_folder_is_gone_when_its_block_ends_however_it_ends(paas: Harness) -> None:
    seen = []

    def interrupted() -> None:
        with scratch.folder("source") as folder:
            (folder / "deep" / "er").mkdir(parents=True)
            seen.append((folder, stat.S_IMODE(folder.stat().st_mode)))
            raise KeyboardInterrupt

    with paas.inside(), pytest.raises(KeyboardInterrupt):
        interrupted()

    ((folder, mode),) = seen
    assert mode == 0o700
    assert not folder.exists()


@pytest.mark.usefixtures("grown_old")
def test_a_tick_removes_what_a_killed_command_left(paas: Harness) -> None:
    left = killed(paas)

    paas.ok("tick")

    assert not left.exists()


@pytest.mark.usefixtures("grown_old")
def test_a_tick_leaves_what_is_in_use(paas: Harness) -> None:
    with paas.inside(), scratch.folder("source") as folder:
        paas.ok("tick")

        assert folder.exists()


def test_a_tick_leaves_a_folder_that_was_made_just_now(paas: Harness) -> None:
    left = killed(paas)

    paas.ok("tick")

    assert left.exists()


@pytest.mark.usefixtures("grown_old")
def test_a_tick_leaves_what_others_keep_there(paas: Harness) -> None:
    other = paas.paths.scratch / "other"
    other.mkdir(parents=True)

    paas.ok("tick")

    assert other.exists()


def killed(paas: Harness) -> Path:
    """The folder of a command that was killed."""
    with paas.inside():
        read, write = os.pipe()
        if not (child := os.fork()):
            with scratch.folder("source") as folder:
                os.write(write, str(folder).encode())
                os._exit(9)
        os.waitpid(child, 0)
        os.close(write)
        with open(read) as names:
            return Path(names.read())
