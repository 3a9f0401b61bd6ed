"""What a killed verification or upgrade has left: containers aside, and folders of data that no service names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from paas import privileged, state
from paas.upkeep import Leftover
from paas_docker.api import engine, ours

from . import aside, containers, kept, turns
from .kinds import Service


def leftovers() -> Iterator[Leftover]:
    docker = engine()
    beside = docker.containers(ours() | {containers.ASIDE: ""})
    for service in (Service(**value) for value in state.owners(kept.NOUN, "service").values()):
        if not turns.is_free(service):
            continue
        for container in beside:
            if container.labels[containers.ASIDE].startswith(f"{service.key}/"):
                size = docker.size(container.id)
                yield Leftover("container", container.name, size, partial(_remove_container, service, container.id))
        for folder in _folders(service):
            yield Leftover("folder", str(folder), 0, partial(_remove_folder, service, folder))


def _folders(service: Service) -> list[Path]:
    """Folders of data that the service doesn't name; how large they are, only the accounts of its programs may see."""
    root = containers.root(service)
    names = sorted(os.listdir(root)) if root.is_dir() else []
    named = [name for name in names if name == aside.FOLDER or name == "data" or name.startswith("data-")]
    return [root / name for name in named if name != service.data]


def _remove_container(service: Service, id: str) -> None:
    with turns.aside(service):
        engine().stop(id, containers.STOP_SECONDS)
        engine().remove(id)


def _remove_folder(service: Service, folder: Path) -> None:
    with turns.aside(service):
        now = kept.of_kind(service.kind, service.name)
        if now and folder in _folders(now):
            privileged.run("remove", str(folder))
