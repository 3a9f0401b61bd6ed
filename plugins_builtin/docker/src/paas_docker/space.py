"""What to say when Docker has no room for an image or a container."""

from __future__ import annotations

from paas import PaasError, disk

from . import place
from .api import DockerError

WORDS = "no space left on device"


def refused(reason: str, said: str = "") -> DockerError:
    """An error of Docker's; one for lack of room says how much there is, and what to do.

    Args:
        said: All that Docker said, where the reason is a part of it.
    """
    if WORDS not in f"{reason} {said}".lower():
        return DockerError(reason)
    if full := disk.troubled(disk.own_places().values()):  # where the client writes
        blamed = disk.unwritable(WORDS, full.path)
        return DockerError(f"{reason}\n{blamed.message}", blamed.hint)
    try:
        room = disk.room(place.root())
    except (PaasError, OSError):  # it is worse off than that
        return DockerError(f"{reason}\nDocker has no room left.", "Make room on its disk, then try again.")
    left = f"{disk.size(room.free)} of {disk.size(room.total)} are free on {room.mount}, where {room.path} is"
    return DockerError(
        f"{reason}\nThere was no room: {left}.",
        "Make room there, then try again: paas cleanup removes what no release needs, docker builder prune what "
        "builds have kept.",
    )
