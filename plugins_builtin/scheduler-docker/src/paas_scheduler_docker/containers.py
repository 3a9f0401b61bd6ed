"""A process as a container: its name, labels, environment and words."""

from __future__ import annotations

import secrets

from paas import App, Release, Slot, hooks
from paas.lifecycle import ROUTED
from paas_docker.api import PROCESS, RELEASE, Container, labels

from . import command, hookspecs, network
from .settings import SETTINGS

INSTANCE = "paas.instance"
"""Label with the word under which the container's address is kept."""
DEFAULT_PORT = 5000


def plan(app: App, release: Release, slot: Slot, address: str, instance: str) -> Container:
    """The container that a process is to be, as every plugin wants it."""
    environment = {**release.config, "DYNO": str(slot)}
    if slot.type == ROUTED:
        environment["PORT"] = str(port(release))
    plain = Container(
        name=f"{app.name}.{slot}.upcoming-{instance}",
        image=release.image.id,
        command=command.argv(release.image, slot.type, release.processes.get(slot.type, ""), environment),
        environment=environment,
        labels=labels(app) | {PROCESS: str(slot), RELEASE: str(release.number), INSTANCE: instance},
        mounts=[m for m in release.mounts if "deploy" in m.phases and (not m.processes or slot.type in m.processes)],
        network=network.name(),
        address=address,
        restart="on-failure:10",
        init=SETTINGS.value(app, "init-process") == "true",
    )
    return hooks.refine(hookspecs.container_options, plain, app, slot)


def new_instance() -> str:
    return secrets.token_hex(4)


def port(release: Release) -> int:
    """Where a routed process must listen."""
    mapped = [mapping.container for mapping in release.ports if mapping.scheme != "udp"]
    exposed = [int(port.removesuffix("/tcp")) for port in release.image.ports if port.endswith("/tcp")]
    return [*mapped, *exposed, DEFAULT_PORT][0]
