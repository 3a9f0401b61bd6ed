"""What is said of a service."""

from __future__ import annotations

from collections.abc import Mapping

from paas import PaasError, output
from paas_docker.api import State

from . import containers, kept
from .kinds import Kind, Service

SAID = ("size", "connections", "max-connections")


def facts(kind: Kind, service: Service, *, asks: bool = True) -> dict[str, str]:
    """All that `info` knows, by the names of its options.

    Args:
        asks: Ask the service itself too.
    """
    container, root = containers.found(service), containers.root(service)
    ports = " ".join(f"{kind.port}->{port}" for port in service.ports)
    known = {
        "config-dir": str(root / "config") if kind.files else "",
        "config-options": service.options,
        "data-dir": str(root / service.data) if kind.data else "",
        "dsn": containers.dsn(kind, service),
        "exposed-ports": ports or "-",
        "id": container.id if container else "",
        "internal-ip": (container.address or "") if container else "",
        "links": " ".join(app.name for app in kept.links(service)) or "-",
        "service-root": str(root),
        "status": container.status if container else "missing",
        "version": f"{service.image}:{service.version}",
        "initial-network": service.initial_network,
        "post-create-network": ",".join(service.post_create_network),
        "post-start-network": ",".join(service.post_start_network),
        "memory": f"{service.memory} MB" if service.memory else "-",
        "shm-size": f"{service.shm} MB" if service.shm else "-",
    }
    return known | (_said(kind, service, container) if asks else {})


def _said(kind: Kind, service: Service, container: State | None) -> dict[str, str]:
    """What the service says of itself; nothing while it doesn't run or is of a kind that doesn't."""
    said = dict.fromkeys(SAID, "-")
    if kind.facts and container and container.is_running:
        try:
            said |= kind.facts(containers.access(kind, service, container.id))
        except PaasError as error:
            output.warn(error.message)
    return said


def show(kind: Kind, service: Service, facts: Mapping[str, str]) -> None:
    labels = {key.replace("-", " ").capitalize(): value for key, value in facts.items()}
    output.fields(f"{service.name} {kind.noun} service information", labels)
