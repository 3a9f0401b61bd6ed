from __future__ import annotations

import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paas_git import archive
from paas_git.archive import Limits, RefusedArchive


def tarred(*members: tuple[str, bytes | str | None], kind: str = "w") -> io.BytesIO:
    """A tar of files (bytes), symbolic links (str) and folders (None)."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=kind) as tar:
        for name, content in members:
            member = tarfile.TarInfo(name)
            if content is None:
                member.type = tarfile.DIRTYPE
            elif isinstance(content, str):
                member.type, member.linkname = tarfile.SYMTYPE, content
            else:
                member.size, member.mode = len(content), 0o755
            tar.addfile(member, io.BytesIO(content if isinstance(content, bytes) else b""))
    file.seek(0)
    return file


def unpacked(file: io.BytesIO, target: Path, kind: str = "tar", files: int = 100, size: int = 10_000) -> Path:
    target.mkdir()
    archive.unpack(file, kind, target, Limits(files, size))
    return target


def test_a_single_folder_at_the_top_is_left_out(tmp_path: Path) -> None:
    made = unpacked(tarred(("app-1.0", None), ("app-1.0/bin/run", b"x"), ("app-1.0/link", "bin/run")), tmp_path / "t")

    assert sorted(str(p.relative_to(made)) for p in made.rglob("*")) == ["bin", "bin/run", "link"]
    assert (made / "bin" / "run").stat().st_mode & stat.S_IXUSR
    assert str((made / "link").readlink()) == "bin/run"


def test_compressed_tars_and_zips_are_read(tmp_path: Path) -> None:
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as file:
        file.writestr("a/b", "zip")

    assert (
        unpacked(tarred(("b", b"tar"), ("c", b""), kind="w:gz"), tmp_path / "t", "tar.gz") / "b"
    ).read_text() == "tar"
    assert (unpacked(zipped, tmp_path / "z", "zip") / "b").read_text() == "zip"


@pytest.mark.parametrize(
    "members",
    [
        [("../evil", b"x")],
        [("/etc/evil", b"x")],
        [("a/../../evil", b"x")],
        [("link", "/etc")],
        [("a/link", "../../etc")],
        [("link", "inside"), ("link/evil", b"x")],
        [(".git/hooks/pre-commit", b"x")],
        [("a/.GIT/config", b"x")],
        [("a\\..\\evil", b"x")],
        [("same", b"x"), ("same", b"y")],
    ],
)
def test_a_member_that_leads_outside_is_refused(tmp_path: Path, members: list[tuple[str, bytes | str | None]]) -> None:
    with pytest.raises(RefusedArchive):
        unpacked(tarred(*members), tmp_path / "t")

    assert not (tmp_path / "evil").exists()


def test_devices_are_refused(tmp_path: Path) -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        device = tarfile.TarInfo("null")
        device.type = tarfile.CHRTYPE
        tar.addfile(device)
    file.seek(0)

    with pytest.raises(RefusedArchive, match="neither a file"):
        unpacked(file, tmp_path / "t")


def test_limits_hold(tmp_path: Path) -> None:
    with pytest.raises(RefusedArchive, match="too many files"):
        unpacked(tarred(("a", b""), ("b", b"")), tmp_path / "many", files=1)
    with pytest.raises(RefusedArchive, match="too many bytes"):
        unpacked(tarred(("a", b"x" * 11)), tmp_path / "large", size=10)


@pytest.mark.parametrize("kind", archive.KINDS)
def test_what_is_no_archive_is_refused(tmp_path: Path, kind: str) -> None:
    with pytest.raises(RefusedArchive, match="can't be read"):
        unpacked(io.BytesIO(b"\x00\xff not an archive" * 100), tmp_path / "t", kind)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_name_leads_outside_of_the_folder(name: str) -> None:
    target = Path("/srv/target")
    try:
        path = archive.place(target, name)
    except RefusedArchive:
        return

    assert path.is_relative_to(target)
    assert ".." not in path.parts
