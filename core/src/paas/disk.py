"""Room on the server's disks: how much there is, and what to say when there is none."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .context import current
from .errors import PaasError

FULL_BYTES = 64 * 1024
"""With less than this a disk is full: a page of the store and the file beside it don't fit any more."""

_FAULTS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)
_SAID = {
    "no space left on device": errno.ENOSPC,
    "disk quota exceeded": errno.EDQUOT,
    "read-only file system": errno.EROFS,
}
"""What programs print, in lower case, when the kernel refuses to write."""


@dataclass(frozen=True)
class Room:
    """What is left on the disk on which a path lies.

    Attributes:
        mount: Where that disk is mounted.
        free: Bytes that our account may still write.
        files: Files that it may still make; None where the disk doesn't count them.
    """

    path: Path
    mount: Path
    free: int
    total: int
    files: int | None
    is_read_only: bool

    @property
    def is_full(self) -> bool:
        return self.free < FULL_BYTES or self.files == 0


def room(path: Path) -> Room:
    """What is left where a path lies, or will lie once it is made."""
    there = path
    while not os.path.lexists(there) and there != there.parent:
        there = there.parent
    found = os.statvfs(there)
    return Room(
        path,
        _mount(there),
        free=found.f_bavail * found.f_frsize,
        total=found.f_blocks * found.f_frsize,
        files=found.f_favail if found.f_files else None,
        is_read_only=bool(found.f_flag & os.ST_RDONLY),
    )


def own_places() -> dict[str, Path]:
    """Where paas itself writes, by what lies there; plugins name further places (`disk_places`)."""
    paths = current().paths
    return {"data root": paths.root, "repositories": paths.home, "temporary files": Path(tempfile.gettempdir())}


def size(count: int) -> str:
    """Bytes as people read them: `1.5 MB`."""
    number, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1024 or unit == "GB":
            break
        number /= 1024
    return f"{number:.0f} {unit}" if unit == "B" or number >= 100 else f"{number:.1f} {unit}"


# What to say of a write that failed


def blamed(error: BaseException) -> PaasError | None:
    """A failure that is the disk's fault as an error that says what to do about it; None for any other."""
    if not isinstance(error, OSError) or error.errno not in _FAULTS:
        return None
    at = Path(os.fsdecode(error.filename)) if isinstance(error.filename, (str, bytes)) else None
    return unwritable(error.strerror or str(error), at)


def blamed_words(said: str) -> PaasError | None:
    """The same for what a program of the server printed, such as tar: None if it failed for another reason."""
    number = next((number for words, number in _SAID.items() if words in said.lower()), None)
    return unwritable(os.strerror(number)) if number else None


def unwritable(said: str, path: Path | None = None) -> PaasError:
    """The error for a write that the disk didn't take.

    Args:
        said: What the system calls it.
        path: Where; None if nobody knows, which is found out.
    """
    if at := troubled([path] if path else own_places().values()):
        return PaasError(f"{at.path} can't be written ({said}): {condition(at)}.", advice(at))
    where = f"{path} can't be written" if path else "Something can't be written"
    return PaasError(f"{where}: {said}.", "See what the kernel says of that disk (dmesg), and its room (df -h).")


def troubled(paths: Iterable[Path]) -> Room | None:
    """The first of some places whose disk takes no more."""
    found = (room(path) for path in paths)
    return next((one for one in found if one.is_read_only or one.is_full), None)


def condition(room: Room) -> str:
    """Why nothing can be written to a disk, or no more."""
    if room.is_read_only:
        return f"{room.mount} is mounted read-only"
    if room.free >= FULL_BYTES:
        return f"{room.mount} can hold no more files"
    return f"{room.mount} is full, {size(room.free)} of {size(room.total)} are free"


def advice(room: Room) -> str:
    """What to do about that."""
    if room.is_read_only:
        return f"See why (dmesg); once its disk is sound, run mount -o remount,rw {room.mount}"
    return f"Make room on {room.mount}, then try again: paas cleanup removes what no release needs."


def _mount(path: Path) -> Path:
    path = Path(os.path.realpath(path))
    while not os.path.ismount(path):
        path = path.parent
    return path
