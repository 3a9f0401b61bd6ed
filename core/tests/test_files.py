from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from paas import files


@pytest.fixture(autouse=True)
def careful() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755])
def test_a_file_has_its_contents_and_its_mode_whatever_the_umask(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "file"
    file.write_text("old and longer")

    files.replace(file, "nüw", mode)

    assert file.read_text(encoding="utf-8") == "nüw"
    assert stat.S_IMODE(file.stat().st_mode) == mode


def test_a_link_is_replaced_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("other")
    (tmp_path / "file").symlink_to("other")

    files.replace(tmp_path / "file", b"new")

    assert (tmp_path / "other").read_text() == "other"
    assert (tmp_path / "file").read_text() == "new"


def test_a_folder_can_be_given_as_a_descriptor(tmp_path: Path) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)

    files.replace("file", "new", folder=folder)

    os.close(folder)
    assert (tmp_path / "file").read_text() == "new"


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    files.replace(file, "old")

    def full(_descriptor: int) -> None:
        raise OSError("no room")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no room"):
        files.replace(file, "new")

    assert file.read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]


def test_the_contents_are_on_the_disk_before_the_file_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def look(descriptor: int) -> None:
        seen.append((Path(f"/proc/self/fd/{descriptor}").read_text(), os.path.lexists(tmp_path / "file")))

    monkeypatch.setattr(os, "fsync", look)

    files.replace(tmp_path / "file", "new")

    assert seen == [("new", False)]


def test_what_one_who_was_killed_left_is_in_nobodys_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", lambda *_words, **_named: os._exit(9))
        if not (child := os.fork()):
            files.replace(tmp_path / "file", "killed")
    os.waitpid(child, 0)
    (left,) = os.listdir(tmp_path)
    monkeypatch.setattr("threading.get_native_id", lambda: int(left.rpartition(".")[2]))

    files.replace(tmp_path / "file", "new")

    assert os.listdir(tmp_path) == ["file"]
    assert (tmp_path / "file").read_text() == "new"


def test_many_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    texts = [letter * 10_000 for letter in "abcdefgh"]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda text: files.replace(tmp_path / "file", text), texts))

    assert (tmp_path / "file").read_text() in texts
    assert os.listdir(tmp_path) == ["file"]
