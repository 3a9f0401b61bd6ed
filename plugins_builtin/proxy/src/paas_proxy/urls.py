"""Where an app answers."""

from __future__ import annotations

import socket
from collections.abc import Sequence

from paas import App, PortMapping, apps, hooks, hookspecs

DEFAULT_PORTS = {"http": 80, "https": 443}


def of(app: App) -> list[str]:
    """The app's URLs, the best first."""
    live = apps.live_release(app)
    mappings = hooks.gather(hookspecs.app_ports, app, live.image if live else None)
    domains = hooks.gather(hookspecs.app_domains, app)
    return made(domains or [server()], mappings)


def made(hosts: Sequence[str], mappings: Sequence[PortMapping]) -> list[str]:
    """URLs for hosts and ports: https before http, otherwise in their order."""
    shown = [m for m in mappings if m.scheme in DEFAULT_PORTS]
    shown.sort(key=lambda mapping: mapping.scheme, reverse=True)
    return [f"{m.scheme}://{host}{_port(m)}" for m in shown for host in hosts if host != "_"]


def server() -> str:
    """The address by which this server is reached, as its routing table has it; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        try:
            one.connect(("192.0.2.1", 9))  # an address for documentation
            return str(one.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def _port(mapping: PortMapping) -> str:
    return "" if mapping.host == DEFAULT_PORTS[mapping.scheme] else f":{mapping.host}"
