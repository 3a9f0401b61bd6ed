"""Names of containers: `shop.web.1` is the live one, whoever else was or will be."""

from __future__ import annotations

import time
from collections.abc import Collection

from paas import App, apps
from paas_docker.api import DockerError, Engine, NotFound, engine, owned_by


def settle(app: App) -> None:
    """Give the live containers their plain names; an old one that has such a name gets the time added to its own."""
    docker = engine()
    names = {container.id: container.name for container in docker.containers(owned_by(app))}
    for process in apps.processes(app):
        name = f"{app.name}.{process.slot}"
        if names.get(process.container, name) == name:
            continue
        for id in [id for id, taken in names.items() if taken == name]:
            names[id] = aside(name, int(time.time()), names.values())
            docker.rename(id, names[id])
        _rename(docker, process.container, name)


def aside(name: str, epoch: int, taken: Collection[str]) -> str:
    """A name for an old container, `shop.web.1.1700000000`, that no other has."""
    while f"{name}.{epoch}" in taken:
        epoch += 1
    return f"{name}.{epoch}"


def _rename(docker: Engine, id: str, name: str) -> None:
    """Name a container, unless one that isn't ours has the name: names are for people, ids for us."""
    try:
        docker.rename(id, name)
    except DockerError:
        try:
            docker.state(name)
        except NotFound:
            raise
