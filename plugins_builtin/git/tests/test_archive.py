from __future__ import annotations

import contextlib
import gzip
import io
import stat
import tarfile
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paas_git import archive
from paas_git.archive import Limits, RefusedArchive
from paas_git.sources import Kind

Members = list[tuple[str, bytes | str | None]]


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


def linked(name: str, to: str, *before: tuple[str, bytes | str | None]) -> io.BytesIO:
    """A tar with a hard link after some other members."""
    file = io.BytesIO(tarred(*before).getvalue())
    with tarfile.open(fileobj=file, mode="a") as tar:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = tarfile.LNKTYPE, to
        tar.addfile(member)
    file.seek(0)
    return file


def zipped(**files: str | bytes) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file


def unpacked(file: io.BytesIO, target: Path, kind: str = "tar", files: int = 100, size: int = 10_000) -> Path:
    target.mkdir()
    archive.unpack(file, kind, target, Limits(files, size))
    return target


def listed(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_single_folder_at_the_top_is_left_out(tmp_path: Path) -> None:
    made = unpacked(tarred(("app-1.0", None), ("app-1.0/bin/run", b"x"), ("app-1.0/link", "bin/run")), tmp_path / "t")

    assert listed(made) == ["bin", "bin/run", "link"]
    assert (made / "bin" / "run").stat().st_mode & stat.S_IXUSR
    assert str((made / "link").readlink()) == "bin/run"


def test_a_repository_in_an_archive_is_left_out(tmp_path: Path) -> None:
    members: Members = [(".git/config", b"x"), ("part/.GIT/hooks/x", b"x"), ("part/.git", b"gitdir: x"), ("a", b"")]

    assert listed(unpacked(tarred(*members), tmp_path / "t")) == ["a"]


def test_compressed_tars_and_zips_are_read(tmp_path: Path) -> None:
    compressed = tarred(("b", b"tar"), ("c", b""), kind="w:gz")

    assert (unpacked(compressed, tmp_path / "t", "tar.gz") / "b").read_text() == "tar"
    assert (unpacked(zipped(**{"a/b": "zip"}), tmp_path / "z", "zip") / "b").read_text() == "zip"


def test_a_hard_link_becomes_a_file(tmp_path: Path) -> None:
    made = unpacked(linked("b", "a", ("a", b"text")), tmp_path / "t")

    assert (made / "b").read_text() == "text"
    assert (made / "b").stat().st_nlink == 1


def test_a_link_in_a_zip_is_a_link(tmp_path: Path) -> None:
    file = zipped(a="x", b="y")
    with zipfile.ZipFile(file, "a") as more:
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        more.writestr(link, "a")

    assert str((unpacked(file, tmp_path / "t", "zip") / "link").readlink()) == "a"


@pytest.mark.parametrize(
    "members",
    [
        [("../evil", b"x")],
        [("/etc/evil", b"x")],
        [("a/../../evil", b"x")],
        [("../evil", None)],
        [("link", "/etc")],
        [("a/link", "../../etc")],
        [("link", "inside"), ("link/evil", b"x")],
        [("in", None), ("in/up", ".."), ("out", "in/up/.."), ("out/evil", None)],
        [("in", None), ("in/up", ".."), ("out", "in/up/../evil")],
        [("out", "../evil"), ("out", b"x")],
        [("a\\..\\evil", b"x")],
        [("same", b"x"), ("same", b"y")],
        [("same", b"x"), ("same/deeper", b"y")],
    ],
)
def test_a_member_that_leads_outside_is_refused(tmp_path: Path, members: Members) -> None:
    with pytest.raises(RefusedArchive):
        unpacked(tarred(*members), tmp_path / "t")

    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("to", ["/etc/passwd", "../outside", "not-there", "folder", "link"])
def test_a_hard_link_to_what_is_no_file_of_the_archive_is_refused(tmp_path: Path, to: str) -> None:
    (tmp_path / "outside").write_text("secret")

    with pytest.raises(RefusedArchive):
        unpacked(linked("b", to, ("folder", None), ("link", "folder")), tmp_path / "t")


@pytest.mark.parametrize("type", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_devices_are_refused(tmp_path: Path, type: bytes) -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        device = tarfile.TarInfo("null")
        device.type = type
        tar.addfile(device)
    file.seek(0)

    with pytest.raises(RefusedArchive, match="neither a file"):
        unpacked(file, tmp_path / "t")


def test_limits_hold(tmp_path: Path) -> None:
    with pytest.raises(RefusedArchive, match="too many files"):
        unpacked(tarred(("a", b""), ("b", b"")), tmp_path / "many", files=1)
    with pytest.raises(RefusedArchive, match="unpacks to too much"):
        unpacked(tarred(("a", b"x" * 11)), tmp_path / "large", size=10)
    with pytest.raises(RefusedArchive, match="unpacks to too much"):
        unpacked(zipped(a=b"x" * 11), tmp_path / "zip", "zip", size=10)
    with pytest.raises(RefusedArchive, match="too many files"):
        unpacked(linked("b", "a", ("a", b"x")), tmp_path / "linked", files=1)


def test_a_header_that_fills_the_memory_is_refused(tmp_path: Path) -> None:
    header = tarfile.TarInfo("bomb")
    header.type, header.size = tarfile.XHDTYPE, 64 << 20
    bomb = gzip.compress(header.tobuf() + bytes(header.size))

    with pytest.raises(RefusedArchive, match="too much"):
        unpacked(io.BytesIO(bomb), tmp_path / "t", "tar.gz")


def test_a_stream_of_nothing_without_end_is_refused(tmp_path: Path) -> None:
    folders = tarred(*[(f"{n}", None) for n in range(50)]).getvalue()
    bomb = gzip.compress(folders.rstrip(b"\0") + bytes(512 - len(folders.rstrip(b"\0")) % 512))

    with pytest.raises(RefusedArchive, match="too many files"):
        unpacked(io.BytesIO(bomb * 10), tmp_path / "t", "tar.gz", files=20)


@pytest.mark.parametrize("kind", [*Kind])
@pytest.mark.parametrize("content", [b"", b"\x00\xff not an archive" * 100])
def test_what_is_no_archive_is_refused(tmp_path: Path, kind: str, content: bytes) -> None:
    with pytest.raises(RefusedArchive, match="can't be read") as refused:
        unpacked(io.BytesIO(content), tmp_path / "t", kind)

    assert "--archive-type" in str(refused.value.hint)


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    file = bytearray(zipped(a="secret").getvalue())
    file[6] |= 1  # the flag in the member's header
    file[file.index(b"PK\x01\x02") + 8] |= 1  # and in the directory

    with pytest.raises(RefusedArchive, match="password"):
        unpacked(io.BytesIO(bytes(file)), tmp_path / "t", "zip")


@settings(deadline=None)
@given(st.text("/.a\\\0") | st.text(st.characters(exclude_categories=["Cs"])))
def test_no_name_leads_outside_of_the_folder(name: str) -> None:
    try:
        parts = archive.members(name)
    except RefusedArchive:
        return

    assert not any("/" in part or part in ("", ".", "..") for part in parts)


@pytest.mark.parametrize("name", ["x" * 256, "d/" * 3000 + "x", "ü" * 128])
def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(RefusedArchive, match="too long") as error:
        archive.unpack(tarred((name, b"")), "tar", tmp_path, Limits(10, 10_000))

    assert len(error.value.message) < 200


@settings(deadline=None)
@given(st.sampled_from([*Kind]), st.data())
def test_a_damaged_archive_is_refused_or_unpacked_but_never_a_crash(kind: str, data: st.DataObject) -> None:
    members: Members = [("app", None), ("app/a", b"text" * 9), ("app/link", "a"), ("app/b" * 40, b"")]
    whole = {
        "tar": tarred(*members).getvalue(),
        "tar.gz": tarred(*members, kind="w:gz").getvalue(),
        "zip": zipped(a="text" * 9, **{"b/c": ""}).getvalue(),
    }[kind]
    damaged = bytearray(whole[: data.draw(st.integers(1, len(whole)))])
    for _ in range(data.draw(st.integers(0, 5))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))

    with TemporaryDirectory() as folder:
        (inside := Path(folder, "inside")).mkdir()
        with contextlib.suppress(RefusedArchive):
            unpacked(io.BytesIO(bytes(damaged)), inside / "tree", kind)
        assert [path.name for path in Path(folder).iterdir()] == ["inside"]
