"""The sites' files as root: found without following a link that the account of paas may have put there."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from paas import UsageError, below, files
from paas.paths import Paths

PARTS = ("plugins", "nginx", "sites")
NAME = re.compile(r"[0-9]+\.(conf|broken|trial)")
"""What serves, what was set aside, and what is only tried."""


def checked(names: Sequence[str]) -> Sequence[str]:
    """Names of sites' files.

    Raises:
        UsageError: One of them isn't.
    """
    for name in names:
        if not NAME.fullmatch(name):
            raise UsageError(f"{name!r} is not the name of a site's file.")
    return names


def path(paths: Paths, name: str) -> Path:
    return paths.root.joinpath(*PARTS, name)


def read(paths: Paths) -> dict[str, str]:
    """The names of all sites that serve, with their texts."""
    if not paths.root.joinpath(*PARTS).is_dir():
        return {}
    with _opened(paths) as folder:
        names = [name for name in os.listdir(folder) if NAME.fullmatch(name) and name.endswith(".conf")]
        return {name: _text(folder, name) for name in sorted(names)}


def text(paths: Paths, name: str) -> str | None:
    """The text of one; None if there is none."""
    try:
        with _opened(paths) as folder:
            return _text(folder, name)
    except FileNotFoundError:
        return None


def set_aside(paths: Paths, names: Iterable[str]) -> None:
    """Keep sites where nginx doesn't read them."""
    with _opened(paths) as folder:
        for name in names:
            aside = name.removesuffix(".conf") + ".broken"
            os.rename(name, aside, src_dir_fd=folder, dst_dir_fd=folder)


def change(paths: Paths, name: str, made: Callable[[str], str]) -> None:
    """Change a file of the folder above, which all sites share."""
    with _opened(paths, PARTS[:-1]) as folder:
        files.replace(name, made(_text(folder, name)), folder=folder)


def _text(folder: int, name: str) -> str:
    with open(os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder), encoding="utf-8") as file:
        return file.read()


@contextmanager
def _opened(paths: Paths, parts: Sequence[str] = PARTS) -> Iterator[int]:
    folder = below.opened(paths.root, parts)
    try:
        yield folder
    finally:
        os.close(folder)
