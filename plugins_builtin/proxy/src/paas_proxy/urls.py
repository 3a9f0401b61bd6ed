"""Where an app answers."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence

from paas import App, PortMapping, hooks, hookspecs, releases
from paas.state import GLOBAL

from . import api, holder
from .settings import SETTINGS

USUAL_PORTS = {"http": 80, "https": 443}
EVERY_HOST = "_"
OUTSIDE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
"""Addresses that are kept for documentation: a route leads there, and nobody is there."""


def of(app: App) -> list[str]:
    """The URLs of an app, the best first; none if its proxy is disabled."""
    if holder.is_disabled(app):
        return []
    live = releases.live(app)
    mappings = hooks.gather(hookspecs.app_ports, app, live.image if live else None)
    domains = hooks.gather(hookspecs.app_domains, app)
    hosts = [domain for domain in domains if domain != EVERY_HOST and not domain.startswith("*")]
    if not hosts and (not domains or EVERY_HOST in domains):
        hosts = [server_host()]
    return made(hosts, mappings, lambda host: api.certificate(app, host) is not None)


def made(hosts: Sequence[str], mappings: Sequence[PortMapping], is_secured: Callable[[str], bool]) -> list[str]:
    """URLs for hosts and ports: https before http, otherwise in their order.

    Args:
        is_secured: Whether a host has a certificate, without which https leads nowhere.
    """
    secured = {host for host in hosts if any(m.scheme == "https" for m in mappings) and is_secured(host)}
    return [
        f"{scheme}://{bracketed(host)}{'' if mapping.host == USUAL_PORTS[scheme] else f':{mapping.host}'}"
        for scheme in ("https", "http")
        for host in hosts
        for mapping in mappings
        if mapping.scheme == scheme and (scheme == "http" or host in secured)
    ]


def bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def server_host() -> str:
    """The server as an app without a domain names it: as it was set, else its address."""
    return SETTINGS.value(GLOBAL, "server-host") or address()


def address() -> str:
    """The address by which this server goes out, as its routing table has it; nothing is sent."""
    for family, outside in OUTSIDE:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as one:
                one.connect((outside, 9))
                return str(one.getsockname()[0])
        except OSError:  # no route
            continue
    return "127.0.0.1"
