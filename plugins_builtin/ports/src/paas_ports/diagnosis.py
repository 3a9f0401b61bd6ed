"""Does somebody listen on the ports by which pushes and requests come?"""

from __future__ import annotations

from collections.abc import Iterator

from paas import apps, releases
from paas.context import current
from paas.upkeep import Finding
from paas_proxy import api as proxy

from . import listeners, ports
from .mappings import ROUTED

GREETING = b"SSH-"


def diagnose() -> Iterator[Finding]:
    listening = listeners.ports()
    yield from _ssh(listening)
    for port, names in sorted(_wanted().items()):
        if port not in listening:
            yield Finding(
                f"port {port}",
                f"Nobody listens there, so no request reaches {', '.join(names)}.",
                "See that the proxy runs, then have it take its configuration again: proxy:build-config --all",
            )


def _ssh(listening: set[int]) -> Iterator[Finding]:
    port = current().paths.ssh_port
    if port not in listening:
        yield Finding(f"port {port}", "No sshd listens there, so no push arrives.", "Start it (service ssh start).")
    elif not listeners.greets(port, GREETING):
        yield Finding(
            f"port {port}",
            "Who listens there is no sshd, so no push arrives.",
            "Stop that program, or install with the --ssh-port on which sshd listens.",
        )


def _wanted() -> dict[int, list[str]]:
    """The ports that lead to apps that are live, with their names."""
    wanted: dict[int, list[str]] = {}
    for app in apps.all():
        live = releases.live(app)
        if not live or not releases.processes(app) or proxy.is_disabled(app):
            continue
        for mapping in ports.of(app, live.image):
            if mapping.scheme in ROUTED:
                wanted.setdefault(mapping.host, []).append(app.name)
    return wanted
