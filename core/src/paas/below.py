"""Change files below a folder as root, without ever following a link that someone put there.

A path is walked one name at a time from a descriptor of the folder above, so that nothing can be
exchanged for a link between a look and a deed.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from .errors import PaasError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def parts(root: Path, path: str, allowed: Sequence[str]) -> tuple[str, ...]:
    """The names on the way from a root to a path.

    Args:
        path: Absolute, without `.` and `..`.
        allowed: The folders of the root below which it must lie.

    Raises:
        PaasError: It lies elsewhere.
    """
    inside = path.removeprefix(f"{root}/")
    names = tuple(inside.split("/"))
    if inside == path or {"", ".", ".."} & set(names) or len(names) < 2 or names[0] not in allowed or "\0" in path:
        raise PaasError(f"{path!r} is not a path below {', '.join(f'{root}/{name}' for name in allowed)}.")
    return names


def opened(root: Path, names: Sequence[str]) -> int:
    """A descriptor of a folder.

    Raises:
        PaasError: A name on the way is missing, a link, or no folder.
    """
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for index, name in enumerate(names):
        above = descriptor
        try:
            descriptor = os.open(name, _FOLDER, dir_fd=above)
        except OSError as error:
            so_far = root.joinpath(*names[: index + 1])
            raise PaasError(f"{so_far} is not a folder, or a link to one: {error.strerror}.") from error
        finally:
            os.close(above)
    return descriptor


def chown(root: Path, names: Sequence[str], uid: int, gid: int) -> None:
    """Give a path, and all that lies in it, to an account; links themselves, not what they name.

    Raises:
        PaasError: It doesn't exist, or lies behind a link.
    """
    above = opened(root, names[:-1])
    try:
        _give(above, names[-1], uid, gid)
    except FileNotFoundError as error:
        raise PaasError(f"{root.joinpath(*names)} does not exist.") from error
    finally:
        os.close(above)


def remove(root: Path, names: Sequence[str]) -> None:
    """Remove a path with all that lies in it; no error if there is none.

    Raises:
        PaasError: It lies behind a link.
    """
    from shutil import rmtree

    above = opened(root, names[:-1])
    try:
        if stat.S_ISDIR(os.stat(names[-1], dir_fd=above, follow_symlinks=False).st_mode):
            rmtree(names[-1], dir_fd=above)
        else:
            os.unlink(names[-1], dir_fd=above)
    except FileNotFoundError:
        pass
    finally:
        os.close(above)


def _give(above: int, name: str, uid: int, gid: int) -> None:
    os.chown(name, uid, gid, dir_fd=above, follow_symlinks=False)
    try:
        folder = os.open(name, _FOLDER, dir_fd=above)
    except NotADirectoryError:  # which is what a link is, too
        return
    try:
        for inner in os.listdir(folder):
            _give(folder, inner, uid, gid)
    finally:
        os.close(folder)
