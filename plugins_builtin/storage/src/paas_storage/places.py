"""Which paths of the server an app may see: those below storage/, and what root has allowed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from paas import PaasError
from paas.context import current
from paas.paths import Paths
from paas.state import GLOBAL

from .settings import SETTINGS

DOKKUS = Path("/var/lib/dokku/data/storage")
SOCKETS = ("/var/run/docker.sock", "/run/docker.sock")


def translated(path: str) -> str:
    """Our place for what tutorials of Dokku's name; any other path as it is."""
    inside = Path(path)
    if not inside.is_relative_to(DOKKUS) or any(map(inside.is_relative_to, roots())):
        return path
    return str(current().paths.storage / inside.relative_to(DOKKUS))


def roots() -> list[Path]:
    """The places outside of storage/ that root has allowed."""
    return [Path(root) for root in SETTINGS.value(GLOBAL, "allowed-roots").split(":") if root]


def require_allowed(path: str, use: str = "mounted") -> None:
    """Refuse what no app may see.

    Args:
        use: What somebody wants of it, for the error.

    Raises:
        PaasError: Why it may not.
    """
    paths, wanted = current().paths, Path(path)
    if why := refusal(wanted, paths, roots()):
        raise PaasError(
            f"{path} can't be {use}: {why}.", hint=f"Use a folder below {paths.storage}, such as {paths.storage}/shop"
        )
    if not is_ours(wanted) and not any(map(wanted.is_relative_to, roots())):
        raise _outside(path, paths, use)


def refusal(wanted: Path, paths: Paths, allowed: Iterable[Path]) -> str | None:
    """Why nobody can allow a path, None if it can be."""
    if wanted == Path("/"):
        return "it is the whole server"
    if wanted == paths.storage:
        return "it holds the folders of all apps"
    if wanted.is_relative_to(paths.storage):
        return None
    for folder, what in ((paths.apps, "the folder"), (paths.home, "the repository")):
        name = wanted.relative_to(folder).parts[:1] if wanted.is_relative_to(folder) else ()
        if name and not name[0].startswith("."):
            return f"it belongs to {what} of the app {name[0]}"
    own = [paths.root, paths.home, *([paths.program] if paths.program else [])]
    if any(wanted.is_relative_to(place) or place.is_relative_to(wanted) for place in own):
        return "paas itself keeps what it needs there"
    return None


def _outside(path: str, paths: Paths, use: str) -> PaasError:
    if path in (*SOCKETS, paths.docker_socket):
        return PaasError(
            f"{path} can't be {use}: it is Docker's own socket, and whoever has it has the whole server.",
            hint=f"If that is what you want, root can allow it: storage:set --global allowed-roots {path}",
        )
    return PaasError(
        f"{path} can't be {use}: it lies outside of {' and '.join(map(str, [paths.storage, *roots()]))}.",
        hint=f"Root can allow it on the server: storage:set --global allowed-roots {path}",
    )


def is_ours(path: Path) -> bool:
    """Whether a path lies below storage/, where folders are made on first use."""
    return path != current().paths.storage and path.is_relative_to(current().paths.storage)


def exists(path: str) -> bool:
    """Whether a path is there, and no link leads to it from the place that apps are allowed.

    Raises:
        PaasError: A link does.
        PermissionError: A folder on the way can't be looked into.
    """
    wanted = Path(path)
    tops = [top for top in (current().paths.storage, *roots()) if wanted.is_relative_to(top)]
    top = max(tops, key=lambda one: len(one.parts), default=wanted)
    for way in [*reversed(wanted.parents), wanted]:
        if way.is_relative_to(top) and way != top and not _is_there(way):
            return False
    return os.path.exists(wanted)  # noqa: PTH110


def _is_there(path: Path) -> bool:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    if stat.S_ISLNK(found.st_mode):
        raise PaasError(
            f"{path} is a link, and could lead anywhere.", hint="Mount the folder itself, or replace the link by one."
        )
    return True
