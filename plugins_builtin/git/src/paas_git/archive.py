"""Archives from outside, unpacked with nothing outside of their folder and no more than was agreed."""

from __future__ import annotations

import posixpath
import shutil
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from paas import App, PaasError

from .settings import SETTINGS

KINDS = ("tar", "tar.gz", "zip")
CHUNK = 1 << 20


class RefusedArchive(PaasError):
    def __init__(self, reason: str) -> None:
        super().__init__(f"The archive is refused: {reason}", hint="Nothing was deployed.")


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
            raise RefusedArchive("it holds too many files (git:set archive-max-files).")
        if self.size < 0:
            raise RefusedArchive("it unpacks to too many bytes (git:set archive-max-size).")


def unpack(file: IO[bytes], kind: str, target: Path, limits: Limits) -> None:
    """Unpack an archive into an empty folder; a single folder at its top is left out.

    Raises:
        RefusedArchive: It is damaged or too large, or a member would lie or lead outside.
    """
    try:
        if kind == "zip":
            _unzip(file, target, limits)
        else:
            _untar(file, kind, target, limits)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError) as error:
        raise RefusedArchive(f"it can't be read as {kind}: {error}") from error
    _without_common_folder(target)


def _untar(file: IO[bytes], kind: str, target: Path, limits: Limits) -> None:
    with tarfile.open(fileobj=file, mode="r|gz" if kind == "tar.gz" else "r|") as tar:
        for member in tar:
            path = place(target, member.name)
            limits.take(member.size)
            if member.isdir():
                path.mkdir(parents=True, exist_ok=True)
            elif member.issym():
                _link(target, path, member.name, member.linkname)
            elif member.isfile():
                content = tar.extractfile(member)
                assert content
                _write(target, path, content, executable=bool(member.mode & 0o100))
            else:
                raise RefusedArchive(f"{member.name!r} is neither a file, a folder nor a symbolic link.")


def _unzip(file: IO[bytes], target: Path, limits: Limits) -> None:
    with zipfile.ZipFile(file) as zipped:
        for member in zipped.infolist():
            path = place(target, member.filename)
            limits.take(member.file_size)
            mode = member.external_attr >> 16
            if member.is_dir():
                path.mkdir(parents=True, exist_ok=True)
            elif mode & 0o170000 == 0o120000:
                _link(target, path, member.filename, zipped.read(member).decode(errors="surrogateescape"))
            else:
                with zipped.open(member) as content:
                    _write(target, path, content, executable=bool(mode & 0o100))


def place(target: Path, name: str) -> Path:
    """Where a member goes.

    Raises:
        RefusedArchive: Outside of the folder, or into a repository's own.
    """
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or ".." in parts or "\\" in name or "\0" in name:
        raise RefusedArchive(f"{name!r} lies outside of it.")
    if any(part.lower() == ".git" for part in parts):
        raise RefusedArchive(f"{name!r} is part of a repository.")
    return target.joinpath(*parts)


def _link(target: Path, path: Path, name: str, to: str) -> None:
    inside = posixpath.normpath(posixpath.join(posixpath.dirname(name), to))
    if to.startswith("/") or inside.startswith("../") or inside == ".." or "\0" in to:
        raise RefusedArchive(f"{name!r} is a link to {to!r}, outside of it.")
    _parent(target, path)
    path.symlink_to(to)


def _write(target: Path, path: Path, content: IO[bytes], *, executable: bool) -> None:
    _parent(target, path)
    with open(path, "xb") as file:
        shutil.copyfileobj(content, file, CHUNK)
    path.chmod(0o755 if executable else 0o644)


def _parent(target: Path, path: Path) -> None:
    """Have the folder of a member; a link on the way there leads nowhere."""
    folder = target
    for part in path.relative_to(target).parts[:-1]:
        folder /= part
        if folder.is_symlink():
            raise RefusedArchive(f"{path.relative_to(target)} lies behind a link.")
    folder.mkdir(parents=True, exist_ok=True)


def _without_common_folder(target: Path) -> None:
    top = list(target.iterdir())
    if len(top) == 1 and top[0].is_dir() and not top[0].is_symlink():
        only = top[0].rename(target.with_name(f"{target.name}.top"))
        target.rmdir()
        only.rename(target)
