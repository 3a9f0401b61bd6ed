"""Where dockerd keeps images and containers."""

from __future__ import annotations

import os
from pathlib import Path

from paas import state

from . import quick
from .api import engine

NOUN = "docker"
SETTINGS_OF_DOCKERD = "/etc/docker/daemon.json"


def root() -> Path:
    """Docker's data root: asked once for each start of dockerd, which takes a while to say it.

    Raises:
        DockerError: dockerd doesn't run.
    """
    start = _start()
    kept = state.property(NOUN, state.GLOBAL, "root", {})
    if kept.get("start") != start:
        kept = {"start": start, "path": engine().info()["DockerRootDir"]}
        state.change(NOUN, state.GLOBAL, {"root": kept})
    return Path(kept["path"])


def _start() -> str:
    """What changes when dockerd starts, or is told to keep its data elsewhere: the times of its socket and settings."""
    places = (quick.socket_path(), SETTINGS_OF_DOCKERD)
    return " ".join(f"{place}@{os.stat(place).st_mtime_ns}" for place in places if os.path.exists(place))  # noqa: PTH110, PTH116
