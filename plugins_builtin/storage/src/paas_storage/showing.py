"""Mounts and volumes as people and programs read them."""

from __future__ import annotations

from typing import Any

from paas import App
from paas.state import GLOBAL

from . import kept, volumes
from .kept import Attachment, Volume
from .settings import SETTINGS

PHASES = ("build", "deploy", "run")


def report(app: App) -> dict[str, str]:
    found = kept.of(app)
    return {f"{phase}-mounts": " ".join(f"-v {each}" for each in found if phase in each.phases) for phase in PHASES}


def report_global() -> dict[str, str]:
    places = {f"entry-{volume.name}": volume.path for volume in kept.volumes()}
    return {"global-allowed-roots": SETTINGS.value(GLOBAL, "allowed-roots"), **places}


def line(mount: Attachment) -> str:
    """`HOST:CONTAINER[:OPTIONS]`, and what is not as it is for most."""
    only = [f"phase {phase}" for phase in mount.phases if mount.phases != kept.PHASES]
    return " ".join([str(mount), *(f"({word})" for word in (*only, *mount.processes))])


def mount(mount: Attachment) -> dict[str, Any]:
    return {
        "entry_name": mount.source if mount.is_named else "",
        "host_path": mount.path,
        "container_path": mount.target,
        "volume_options": mount.options,
        "readonly": mount.is_read_only,
        "phases": list(mount.phases),
        "process_types": list(mount.processes),
    }


def volume(volume: Volume) -> dict[str, Any]:
    return {
        "name": volume.name,
        "scheduler": "docker-local",
        "path": volume.path,
        "chown": volume.chown,
        "mode": volume.mode or "0755",
        "apps": volumes.users(volume.name),
    }
