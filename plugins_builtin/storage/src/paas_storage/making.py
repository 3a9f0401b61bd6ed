"""Folders below storage/, as root sees them: each opened from the one above, so that no link is ever followed."""

from __future__ import annotations

import os

from paas import below, roothelper
from paas.paths import Paths

from . import specs


def make(paths: Paths, path: str, owner: str, mode: str) -> None:
    """Make what is missing on the way to a path; what is there stays as it is.

    Raises:
        PaasError: It isn't below storage/, or a link or a file is in the way.
    """
    names = below.parts(paths.root, path, ("storage",))
    uid, gid = roothelper.account(owner)
    for depth in range(1, len(names)):
        _make_one(paths, names[: depth + 1], uid, gid, int(specs.mode(mode), 8))
    os.close(below.opened(paths.root, names))


def _make_one(paths: Paths, names: tuple[str, ...], uid: int, gid: int, mode: int) -> None:
    above = below.opened(paths.root, names[:-1])
    try:
        os.mkdir(names[-1], 0o700, dir_fd=above)
    except FileExistsError:
        return
    finally:
        os.close(above)
    folder = below.opened(paths.root, names)
    try:
        os.fchown(folder, uid, gid)
        os.fchmod(folder, mode)  # after it: a change of owner may take bits away
    finally:
        os.close(folder)


def chmod(paths: Paths, path: str, mode: str) -> None:
    """Change the mode of a folder.

    Raises:
        PaasError: It isn't below storage/, isn't there, or lies behind a link.
    """
    folder = below.opened(paths.root, below.parts(paths.root, path, ("storage",)))
    try:
        os.fchmod(folder, int(specs.mode(mode), 8))
    finally:
        os.close(folder)
