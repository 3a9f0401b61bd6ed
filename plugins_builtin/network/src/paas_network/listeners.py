"""Where an app's web processes answer, and what they answer at beside the network of the apps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from paas import App, Endpoint, Slot, releases
from paas_docker.api import Container

from . import settings
from .settings import SETTINGS


def static(app: App) -> Sequence[Endpoint]:
    """Where an app's requests go instead of to its processes."""
    kept = SETTINGS.own(app, "static-web-listener")
    return [settings.endpoint(kept)] if kept else []


def web(app: App) -> str:
    """Where an app's requests go, for people."""
    return " ".join(map(str, static(app) or releases.endpoints(releases.processes(app))))


def bound(container: Container, slot: Slot, app: App) -> Container:
    """The container of a web process with a port of the server, of Docker's choice, for its own."""
    port = container.environment.get("PORT", "")
    is_web = slot.type == releases.ROUTED and port
    if not is_web or SETTINGS.value(app, "bind-all-interfaces") != "true":
        return container
    exposed = {**container.options.get("ExposedPorts", {}), f"{port}/tcp": {}}
    bindings = {**container.host.get("PortBindings", {}), f"{port}/tcp": [{"HostIp": "", "HostPort": ""}]}
    return replace(
        container,
        options={**container.options, "ExposedPorts": exposed},
        host={**container.host, "PortBindings": bindings},
    )
