"""A folder that files are committed from: empty, or with a copy of another folder's files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from paas import PaasError, scratch
from paas.context import current


@contextmanager
def prepared(given: str | None = None) -> Iterator[Path]:
    """A folder to commit from, gone afterwards.

    Args:
        given: A folder of the server whose files are copied there; repositories inside it are left out.

    Raises:
        PaasError: It isn't a folder that the account of paas may read, or the caller may not name one.
    """
    with scratch.folder("commit") as parent:
        target = parent / "tree"
        if given is None:
            target.mkdir()
        else:
            _copy(_readable(given), target)
        yield target


def require_server(what: str) -> None:
    """Refuse a key: it could read what other apps keep on the server.

    Raises:
        PaasError: The caller came through ssh.
    """
    if current().caller.is_remote:
        raise PaasError(f"{what} of the server is only for who is on the server itself.", hint="Run it there.")


def _readable(folder: str) -> Path:
    require_server("A folder")
    path = Path(folder)
    # Asked in this order: is_dir raises for what lies in a folder that is closed to us, such as root's home.
    if not os.access(path, os.R_OK | os.X_OK) or not path.is_dir():
        raise PaasError(
            f"{folder} is not a folder that the account of paas can read.",
            hint="Pass its files instead: tar -C FOLDER -c . | paas git:from-archive APP --",
        )
    return path


def _copy(given: Path, target: Path) -> None:
    try:
        shutil.copytree(given, target, symlinks=True, ignore=lambda _, names: [n for n in names if n == ".git"])
    except shutil.Error as error:  # one entry for each file: from, to and why
        name, _, reason = error.args[0][0]
        raise PaasError(f"{name} can't be copied: {reason}") from error
