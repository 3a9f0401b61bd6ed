"""Make the folders that containers see, give them to somebody, remove them: as root, and never behind a link."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from paas import App, Mount, PaasError, privileged
from paas.context import current
from paas.errors import ProgramFailed

from . import kept, owners, places

MODE = "0755"


def prepare(app: App, mounts: Iterable[Mount]) -> None:
    """Have every folder there that a container is about to see.

    Raises:
        PaasError: One may not be seen any more, lies behind a link, or is missing and not ours to make.
    """
    said = {each.path: each for each in kept.of(app)}
    for mount in mounts:
        places.require_allowed(mount.source)
        if not is_there(mount.source):
            attachment = said.get(mount.source)
            ensure(mount.source, attachment.owner if attachment else owners.DEFAULT)


def is_there(path: str) -> bool:
    """Whether a folder is there for sure: what only root can see is looked for again by root.

    Raises:
        PaasError: It lies behind a link.
    """
    try:
        return places.exists(path)
    except PermissionError:
        return False


def ensure(path: str, owner: str, mode: str = MODE) -> None:
    """Make a folder, and those above it, unless they are there: what is there stays as it is.

    Args:
        owner: To whom new ones are given, as `--chown` takes it.

    Raises:
        PaasError: A link or a file is in the way, or it lies outside of storage/.
    """
    if not places.is_ours(Path(path)):
        raise PaasError(
            f"{path} does not exist.", hint="Make it on the server: only folders below storage/ make themselves."
        )
    current().paths.storage.mkdir(parents=True, exist_ok=True)
    _as_root("storage-make", path, _pair(owner), mode or MODE)


def give(path: str, owner: str) -> None:
    """Give a folder, with all that lies in it, to somebody.

    Raises:
        PaasError: It lies outside of storage/, or behind a link.
    """
    if owner == owners.NOBODY_ELSE:
        return
    _require_ours(path, "given away")
    _as_root("chown", path, _pair(owner))


def set_mode(path: str, mode: str) -> None:
    """Change the permissions of a folder, and of nothing in it."""
    _require_ours(path, "changed")
    _as_root("storage-chmod", path, mode)


def remove(path: str) -> None:
    """Remove a folder with all that lies in it."""
    _require_ours(path, "removed")
    _as_root("remove", path)


def _require_ours(path: str, what: str) -> None:
    if not places.is_ours(Path(path)):
        raise PaasError(f"{path} is not below {current().paths.storage}, so it isn't {what} from here.")


def _pair(owner: str) -> str:
    uid = owners.number(owner)
    return f"{os.getuid()}:{os.getgid()}" if uid is None else f"{uid}:{uid}"


def _as_root(verb: str, *words: str) -> None:
    try:
        privileged.run(verb, *words)
    except ProgramFailed as error:
        raise PaasError(error.output.strip() or error.message) from error
