"""A process as a container: its name, labels, environment and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from paas import App, Endpoint, Release, Slot, hooks, releases
from paas_docker.api import PROCESS, RELEASE, Container, labels
from paas_scheduler.api.command import argv

from . import hookspecs, network
from .labels import INSTANCE, UPCOMING
from .network import Lease
from .settings import SETTINGS

DEFAULT_PORT = 5000
RESTART = "on-failure:10"
LOGGING = {"Type": "json-file", "Config": {"max-size": "10m"}}


def plan(app: App, release: Release, slot: Slot, lease: Lease) -> Container:
    """The container that a process is to be, as every plugin wants it."""
    environment = {**release.config, "DYNO": str(slot)}
    if at := endpoint(release, slot, lease):
        environment["PORT"] = str(at.port)
    unchanged = plain(
        app,
        release,
        slot,
        name=f"{app.name}.{slot}{UPCOMING}{lease.instance}",
        instance=lease.instance,
        command=argv(release.image, slot.type, release.processes.get(slot.type, ""), environment),
        environment=environment,
        address=lease.address,
    )
    return hooks.refine(hookspecs.container_options, unchanged, app, slot, release)


def plain(
    app: App,
    release: Release,
    slot: Slot,
    *,
    name: str,
    instance: str,
    command: Sequence[str] | None,
    environment: Mapping[str, str],
    address: str | None = None,
    phase: str = "deploy",
) -> Container:
    """A container of a release, before any plugin has changed it.

    Args:
        instance: The word under which its address is kept, if it has a fixed one.
        address: None for one of Docker's own choice.
        phase: Whose mounts it sees.
    """
    return Container(
        name=name,
        image=release.image.id,
        command=command,
        environment=environment,
        labels=labels(app) | {PROCESS: str(slot), RELEASE: str(release.number), INSTANCE: instance},
        mounts=[m for m in release.mounts if phase in m.phases and (not m.processes or slot.type in m.processes)],
        network=network.name(),
        address=address,
        restart=RESTART,
        init=SETTINGS.value(app, "init-process") == "true",
        host={"LogConfig": LOGGING},
    )


def endpoint(release: Release, slot: Slot, lease: Lease) -> Endpoint | None:
    """Where a process must listen; None if nothing is sent to it."""
    return Endpoint(lease.address, port(release)) if slot.type == releases.ROUTED else None


def port(release: Release) -> int:
    """Where a routed process must listen: as the app's ports say, else its image, else 5000."""
    mapped = [mapping.container for mapping in release.ports if mapping.scheme != "udp"]
    exposed = [int(port.removesuffix("/tcp")) for port in release.image.ports if port.endswith("/tcp")]
    return [*mapped, *exposed, DEFAULT_PORT][0]
