"""Names of containers: `shop.web.1` is the live one, whoever else was or will be.

What a deploy starts is called `shop.web.1.upcoming-…` until it is live.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator

from paas import App, apps, locks, releases
from paas_docker.api import PROCESS, DockerError, Engine, NotFound, engine, ours, owned_by

from .commanded import KIND
from .labels import INSTANCE, UPCOMING


def settle(app: App) -> None:
    """Give the live containers their plain names; an old one that has such a name gets the time added to its own."""
    docker = engine()
    names = {container.id: container.name for container in docker.containers(owned_by(app))}
    for process in releases.processes(app):
        name = f"{app.name}.{process.slot}"
        if names.get(process.container, name) == name:
            continue
        for id in [id for id, taken in names.items() if taken == name]:
            names[id] = aside(name, int(time.time()), names.values())
            docker.rename(id, names[id])
        _rename(docker, process.container, name)


def recover() -> None:
    """Name what has gone live without Docker, which had died under the deploy. Called by every tick."""
    for app in _unsettled():
        with locks.exclusive(f"app-{app.id}", wait=False) as idle:
            if idle:
                settle(app)


def _unsettled() -> Iterator[App]:
    containers = engine().containers(ours() | {INSTANCE: ""})
    if coming := {container.id for container in containers if UPCOMING in container.name}:
        yield from (app for app in apps.all() if any(p.container in coming for p in releases.processes(app)))


def of_commands(app: App) -> None:
    """Let the containers of commands that run have the app's name, which may have changed."""
    docker = engine()
    for container in docker.containers(owned_by(app) | {KIND: ""}):
        if container.name != (name := f"{app.name}.{container.labels[PROCESS]}"):
            _rename(docker, container.id, name)


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
