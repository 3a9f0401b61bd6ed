"""Folders of core's that killed commands have left: unpacked sources, and what builds keep for a moment."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from paas import scratch
from paas.upkeep import Leftover


def leftovers() -> list[Leftover]:
    return [Leftover("folder", str(path), size(path), partial(scratch.remove, path)) for path in scratch.left()]


def size(folder: Path) -> int:
    """Bytes of the files below a folder."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
