"""How much room a deploy needs on each disk that it writes to, and what to say when there is less."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from paas import PaasError, disk, hooks, hookspecs
from paas.disk import Room, size
from paas.state import GLOBAL

from .settings import MIN_FREE, SETTINGS, in_bytes

MIN_FILES = 1000
"""Files that a deploy must be able to make, on disks that count them."""


def places() -> dict[str, Path]:
    """Where deploys write, by what lies there."""
    return disk.own_places() | hooks.gather(hookspecs.disk_places)


def require(places: Mapping[str, Path]) -> None:
    """Refuse to begin what would not fit.

    Raises:
        PaasError: Too little is free in one of the places, or nothing can be written there.
    """
    least = min_free()
    for what, path in places.items():
        if wrong := shortage(what, disk.room(path), least):
            raise wrong


def shortage(what: str, room: Room, least: int) -> PaasError | None:
    """What is wrong with a place for a deploy that wants so many bytes free; None if nothing is."""
    if room.is_read_only:
        return PaasError(f"Nothing can be written to {room.path} ({what}): {disk.condition(room)}.", disk.advice(room))
    if room.free < least:
        needed = f"Only {size(room.free)} of {size(room.total)} are free for {room.path} ({what})"
        return PaasError(
            f"{needed}, and a deploy needs {size(least)}.",
            f"Make room on {room.mount}: paas cleanup removes what no release needs. "
            f"If deploys can do with less: doctor:set --global {MIN_FREE} SIZE",
        )
    if room.files is not None and room.files < MIN_FILES:
        return PaasError(
            f"Only {room.files} more files can be made for {room.path} ({what}), and a deploy needs {MIN_FILES}.",
            f"Remove files on {room.mount}: it has run out of inodes, not of bytes.",
        )
    return None


def min_free() -> int:
    """How many bytes a deploy needs in each place."""
    return in_bytes(SETTINGS.value(GLOBAL, MIN_FREE))
