"""Archives from outside, unpacked with nothing outside of their folder and no more than was agreed."""

from __future__ import annotations

import io
import lzma
import os
import shutil
import stat
import struct
import tarfile
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from paas import App, PaasError

from .metered import CHUNK, Metered, TooMuch
from .settings import SETTINGS

MAX_FILES = "git:set APP archive-max-files sets how many it may hold."
MAX_SIZE = "git:set APP archive-max-size sets how many bytes it may unpack to."
MAX_NAME, MAX_PATH = 255, 2048
"""Bytes of a name, which file systems set, and of a path, which leaves room for the folder that it is below."""
HEADER_BYTES, ENTRY_BYTES = 2048, 256
"""What a tar may need for a file besides its content, and a zip in its directory, on average."""
DAMAGED = (
    tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, ValueError,
    RuntimeError,
)  # fmt: skip
"""What tarfile and zipfile raise for damaged, encrypted and unknown input."""


class RefusedArchive(PaasError):
    def __init__(self, reason: str, hint: str = "Nothing was deployed.") -> None:
        super().__init__(f"The archive is refused: {reason}", hint)


@dataclass
class Limits:
    """What an archive may unpack to; counts down."""

    files: int
    size: int

    @classmethod
    def of(cls, app: App) -> Limits:
        return cls(int(SETTINGS.value(app, "archive-max-files")), int(SETTINGS.value(app, "archive-max-size")))

    def take(self, size: int) -> None:
        self.files -= 1
        self.size -= size
        if self.files < 0:
            raise RefusedArchive("it holds too many files.", MAX_FILES)
        if self.size < 0:
            raise RefusedArchive("it unpacks to too much.", MAX_SIZE)


@dataclass
class Unpacking:
    """A folder that fills with the members of an archive.

    Attributes:
        links: What was unpacked as a symbolic link; where they lead is known at the end.
    """

    target: Path
    limits: Limits
    links: list[Path] = field(default_factory=list)

    def folder(self, name: str) -> None:
        self.limits.take(0)
        if path := self._place(name):
            path.mkdir(exist_ok=True)

    def file(self, name: str, content: IO[bytes], size: int, *, executable: bool) -> None:
        self.limits.take(size)
        if path := self._place(name):
            with open(path, "xb") as file:
                shutil.copyfileobj(content, file, CHUNK)
            path.chmod(0o755 if executable else 0o644)

    def link(self, name: str, to: str) -> None:
        self.limits.take(0)
        if path := self._place(name):
            path.symlink_to(to)
            self.links.append(path)

    def same(self, name: str, as_name: str) -> None:
        """A hard link, as a copy of what was unpacked before."""
        first = self._place(as_name)
        if not first or not stat.S_ISREG(first.lstat().st_mode):
            raise RefusedArchive(f"{name!r} is a link to {as_name!r}, which is no file of it.")
        with open(first, "rb") as content:
            size = os.fstat(content.fileno()).st_size
            self.file(name, content, size, executable=bool(first.stat().st_mode & stat.S_IXUSR))

    def close(self) -> None:
        """See that no link leads outside, not even through another link."""
        inside = self.target.resolve()
        for link in self.links:
            to = str(link.readlink())
            if to.startswith("/") or not Path(os.path.realpath(link)).is_relative_to(inside):
                raise RefusedArchive(f"{str(link.relative_to(self.target))!r} is a link to {to!r}, outside of it.")

    def _place(self, name: str) -> Path | None:
        """Where a member goes, with its folder made; None if it is left out."""
        parts = members(name)
        if not parts:
            return None
        folder = self.target
        for part in parts[:-1]:
            folder /= part
            if folder.is_symlink():
                raise RefusedArchive(f"{name!r} lies behind a link.")
        folder.mkdir(parents=True, exist_ok=True)
        if (path := folder / parts[-1]).is_symlink():
            raise RefusedArchive(f"{name!r} is there twice.")
        return path


def unpack(file: IO[bytes], kind: str, target: Path, limits: Limits) -> None:
    """Unpack an archive into an empty folder; a single folder at its top is left out, and so is `.git`.

    Raises:
        RefusedArchive: It is damaged or too large, or a member would lie or lead outside.
    """
    unpacking = Unpacking(target, limits)
    try:
        if kind == "zip":
            _unzip(file, unpacking)
        else:
            _untar(file, kind, unpacking)
        unpacking.close()
    except TooMuch as error:
        raise RefusedArchive("it unpacks to too much.", MAX_SIZE) from error
    except FileExistsError as error:
        raise RefusedArchive(f"{Path(error.filename2 or error.filename).name!r} is there twice.") from error
    except DAMAGED as error:
        raise RefusedArchive(
            f"it can't be read as {kind}: {error}", "Say what it is with --archive-type tar, tar.gz or zip."
        ) from error
    _without_common_folder(target)


def members(name: str) -> list[str]:
    """The parts of a member's name; none for the top folder itself and for what belongs to a repository.

    Raises:
        RefusedArchive: It leads outside.
    """
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or ".." in parts or "\\" in name or "\0" in name:
        raise RefusedArchive(f"{name!r} lies outside of it.")
    if len(os.fsencode(name)) > MAX_PATH or any(len(os.fsencode(part)) > MAX_NAME for part in parts):
        raise RefusedArchive(
            f"the name {name[:60]!r}… is too long.", f"A path may have {MAX_PATH} bytes, a name in it {MAX_NAME}."
        )
    return [] if any(part.lower() == ".git" for part in parts) else parts


def _untar(file: IO[bytes], kind: str, unpacking: Unpacking) -> None:
    import gzip

    limits = unpacking.limits
    stream = cast("IO[bytes]", gzip.GzipFile(fileobj=file)) if kind == "tar.gz" else file
    metered = Metered(stream, most=limits.size + CHUNK + limits.files * HEADER_BYTES, once=CHUNK)
    with tarfile.TarFile.taropen("archive", "r", metered) as tar:
        while member := tar.next():
            tar.members.clear()  # type: ignore[attr-defined]  # it would keep every header
            if member.isdir():
                unpacking.folder(member.name)
            elif member.issym():
                unpacking.link(member.name, member.linkname)
            elif member.islnk():
                unpacking.same(member.name, member.linkname)
            elif content := tar.extractfile(member):
                unpacking.file(member.name, content, member.size, executable=bool(member.mode & stat.S_IXUSR))
            else:
                raise RefusedArchive(f"{member.name!r} is neither a file, a folder nor a link.")


def _unzip(file: IO[bytes], unpacking: Unpacking) -> None:
    size = file.seek(0, io.SEEK_END)
    # Its end, its directory and its members are read once each, whatever overlaps.
    metered = Metered(file, most=3 * size + CHUNK, once=CHUNK + unpacking.limits.files * ENTRY_BYTES)
    with zipfile.ZipFile(metered) as zipped:
        for member in zipped.infolist():
            mode = member.external_attr >> 16
            if member.is_dir():
                unpacking.folder(member.filename)
                continue
            with zipped.open(member) as content:
                if stat.S_ISLNK(mode):
                    unpacking.link(member.filename, os.fsdecode(content.read(os.pathconf("/", "PC_PATH_MAX"))))
                else:
                    executable = bool(mode & stat.S_IXUSR)
                    unpacking.file(member.filename, content, member.file_size, executable=executable)


def _without_common_folder(target: Path) -> None:
    top = list(target.iterdir())
    if len(top) == 1 and top[0].is_dir() and not top[0].is_symlink():
        only = top[0].rename(target.with_name(f"{target.name}.top"))
        target.rmdir()
        only.rename(target)
