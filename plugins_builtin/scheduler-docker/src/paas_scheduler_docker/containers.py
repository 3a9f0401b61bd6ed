"""A process as a container: its name, labels, environment and words."""

from __future__ import annotations

from paas import App, Endpoint, Release, Slot, hooks
from paas.deployment import ROUTED
from paas_docker.api import PROCESS, RELEASE, Container, labels
from paas_scheduler.api import argv

from . import hookspecs, network
from .network import Lease
from .settings import SETTINGS

INSTANCE = "paas.instance"
"""Label with the word under which the container's address is kept; only containers of ours have it."""
DEFAULT_PORT = 5000
RESTART = "on-failure:10"
LOGGING = {"type": "json-file", "config": {"max-size": "10m"}}


def plan(app: App, release: Release, slot: Slot, lease: Lease) -> Container:
    """The container that a process is to be, as every plugin wants it."""
    environment = {**release.config, "DYNO": str(slot)}
    if at := endpoint(release, slot, lease):
        environment["PORT"] = str(at.port)
    plain = Container(
        name=f"{app.name}.{slot}.upcoming-{lease.instance}",
        image=release.image.id,
        command=argv(release.image, slot.type, release.processes.get(slot.type, ""), environment),
        environment=environment,
        labels=labels(app) | {PROCESS: str(slot), RELEASE: str(release.number), INSTANCE: lease.instance},
        mounts=[m for m in release.mounts if "deploy" in m.phases and (not m.processes or slot.type in m.processes)],
        network=network.name(),
        address=lease.address,
        restart=RESTART,
        init=SETTINGS.value(app, "init-process") == "true",
        options={"log_config": LOGGING},
    )
    return hooks.refine(hookspecs.container_options, plain, app, slot, release)


def endpoint(release: Release, slot: Slot, lease: Lease) -> Endpoint | None:
    """Where a process must listen; None if nothing is sent to it."""
    return Endpoint(lease.address, port(release)) if slot.type == ROUTED else None


def port(release: Release) -> int:
    """Where a routed process must listen: as the app's ports say, else its image, else 5000."""
    mapped = [mapping.container for mapping in release.ports if mapping.scheme != "udp"]
    exposed = [int(port.removesuffix("/tcp")) for port in release.image.ports if port.endswith("/tcp")]
    return [*mapped, *exposed, DEFAULT_PORT][0]
