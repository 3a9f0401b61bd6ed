"""Room on the disks that deploys write to, and who may read and write there."""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from paas import PaasError, disk, privileged, state
from paas.context import current
from paas.roothelper import FOLDERS
from paas.upkeep import Finding

from . import room

OTHERS = 0o022
"""Bits with which others could change what is ours, and sshd would trust no key."""
SECRET = 0o077


def diagnose() -> Iterator[Finding]:
    yield from _room()
    yield from _modes()
    yield from _owners()


def _room() -> Iterator[Finding]:
    try:
        places = room.places()
    except PaasError:  # whoever can't say where it writes has a finding of its own
        places = disk.own_places()
    least, seen = room.min_free(), set()
    for what, path in places.items():
        left = disk.room(path)
        if left.mount not in seen and (wrong := room.shortage(what, left, least)):
            seen.add(left.mount)
            yield Finding("disk", wrong.message, wrong.hint or "")


def _modes() -> Iterator[Finding]:
    paths = current().paths
    wanted = {paths.root: OTHERS, paths.home: OTHERS, paths.scratch: SECRET}
    state.let_go()  # or what we ourselves have open would be listed
    wanted |= dict.fromkeys(paths.root.glob("state.db*"), SECRET)
    for path, bits in wanted.items():
        if path.exists() and (mode := stat.S_IMODE(path.stat().st_mode)) & bits and path.owner() == _account():
            right = mode & ~bits
            verb = "changed" if bits == OTHERS else "read"
            yield Finding(
                "permissions",
                f"{path} can be {verb} by other accounts (mode {mode:o}).",
                f"chmod {right:o} {path}",
                repair=partial(path.chmod, right),
            )


def _owners() -> Iterator[Finding]:
    """What paas itself keeps and doesn't own; not what containers write."""
    paths = current().paths
    account = _account()
    kept = [paths.root, paths.home, *_below(paths.root), *_below(paths.apps), *_below(paths.locks), *_below(paths.home)]
    for path in kept:
        if path.lstat().st_uid != os.geteuid():
            yield Finding(
                "permissions",
                f"{path} does not belong to {account}.",
                f"chown -R {account}: {path}",
                repair=partial(_give, path) if _can_be_given(path) else None,
            )


def _can_be_given(path: Path) -> bool:
    """Whether the root helper may change its owner."""
    return current().paths.program is not None and path.parent in {current().paths.root / name for name in FOLDERS}


def _give(path: Path) -> None:
    privileged.run("chown", str(path), f"{os.geteuid()}:{os.getegid()}")


def _below(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if os.access(folder, os.R_OK | os.X_OK) else []


def _account() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name
