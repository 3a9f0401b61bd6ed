"""Names of containers: `shop.web.1` is the live one, whoever else was or will be."""

from __future__ import annotations

import time
from collections.abc import Sequence

from paas import App, apps
from paas_docker.api import DockerError, NotFound, engine


def settle(app: App) -> None:
    """Give the live containers their plain names; whatever has one of these steps aside."""
    docker = engine()
    for process in apps.processes(app):
        name = f"{app.name}.{process.slot}"
        try:
            docker.rename(process.container, name)
        except DockerError:
            if docker.state(process.container).name == name:
                continue
            step_aside(app, [docker.state(name).id])
            docker.rename(process.container, name)


def step_aside(app: App, ids: Sequence[str]) -> None:
    """Mark the names of old containers with the time, so that new ones can have theirs."""
    docker = engine()
    for id in ids:
        try:
            name = docker.state(id).name
            if (".upcoming-" not in name and not name.rpartition(".")[2].isdigit()) or name.count(".") < 3:
                docker.rename(id, f"{name}.{int(time.time())}")
        except NotFound:
            continue
