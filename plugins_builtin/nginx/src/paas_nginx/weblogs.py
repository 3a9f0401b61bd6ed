"""The logs of nginx, as root: nginx writes them as root, and logrotate lets few people read them."""

from __future__ import annotations

import os
import re
from pathlib import Path

from paas import PaasError
from paas.paths import Nginx

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
ROTATED = re.compile(r"\.\d+(\.gz)?|-\d{8}(\.gz)?")


def log(nginx: Nginx, name: str) -> Path:
    """Where a log of this name lies.

    Raises:
        PaasError: It isn't the name of a log.
    """
    path = Path(nginx.logs) / name
    if not NAME.fullmatch(name) or path.is_symlink():
        raise PaasError(f"{name!r} is not the name of a log of nginx.")
    return path


def show(path: Path, lines: int, *, follow: bool) -> None:
    """Become a program that prints the end of a log, and whatever comes if it is to follow it.

    Raises:
        PaasError: There is no such log yet.
    """
    if not path.is_file():
        raise PaasError(f"There is no log {path} yet.")
    os.execv("/usr/bin/tail", ["tail", f"--lines={lines}", *(["-F"] if follow else []), "--", str(path)])  # noqa: S606


def move(path: Path, target: Path) -> None:
    """Rename a log; nginx goes on in it until its next reload. No error if there is none."""
    try:
        path.rename(target)
    except FileNotFoundError:
        return


def remove(path: Path) -> None:
    """Remove a log and what logrotate made of it; no error if there is none."""
    for file in path.parent.iterdir():
        if file == path or _is_rotated(file, path):
            file.unlink(missing_ok=True)


def _is_rotated(file: Path, path: Path) -> bool:
    return file.name.startswith(path.name) and bool(ROTATED.fullmatch(file.name.removeprefix(path.name)))
