"""Which ports of the server lead to which ports of an app."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Sequence

from paas import App, Image, InvalidValue, PaasError, PortMapping, apps, hooks, hookspecs, lifecycle, state
from paas.context import current
from paas.state import CORE

from . import hookspecs as ports_hookspecs

NOUN = "ports"
SCHEMES = ("http", "https", "grpc", "grpcs", "tcp", "udp")
CONTAINER_PORT = 5000
OWN_PORTS = range(10000, 20000)
"""Where an app without a domain gets a port of its own; below what the kernel gives to outgoing connections."""
_MAPPING = re.compile(r"([a-z]+):([0-9]{1,5}):([0-9]{1,5})")


def parse(word: str) -> PortMapping:
    """`http:80:5000` as a mapping.

    Raises:
        InvalidValue: It isn't one.
    """
    match = _MAPPING.fullmatch(word)
    if not match or match[1] not in SCHEMES or not all(0 < int(match[n]) < 65536 for n in (2, 3)):
        raise InvalidValue(
            f"{word!r} is not a port mapping.", hint="Such as http:80:5000: scheme, host port, app's port."
        )
    return PortMapping(match[1], int(match[2]), int(match[3]))


def configured(app: App) -> list[PortMapping]:
    """What was set for an app."""
    return [parse(word) for word in state.property(NOUN, app.owner, "map", ())]


def detected(app: App, image: Image | None) -> list[PortMapping]:
    """What an app gets if nothing is set: http on the server's port with a domain, else on one of its own."""
    if hooks.gather(hookspecs.app_domains, app):
        host = current().paths.nginx.http_port
    else:
        host = own_port(app)
    return [PortMapping("http", host, container_port(image))]


def of(app: App, image: Image | None) -> list[PortMapping]:
    return configured(app) or detected(app, image)


def container_port(image: Image | None) -> int:
    """The first port that an image exposes, else 5000."""
    exposed = [port.removesuffix("/tcp") for port in (image.ports if image else ()) if port.endswith("/tcp")]
    return int(exposed[0]) if exposed else CONTAINER_PORT


def own_port(app: App) -> int:
    """A port of the server that belongs to this app for as long as it exists.

    Raises:
        PaasError: All are taken.
    """
    with CORE.writing():
        taken = state.owners(NOUN, "own-port")
        if app.owner in taken:
            return int(taken[app.owner])
        port = next((p for p in OWN_PORTS if p not in taken.values() and _is_free(p)), None)
        if port is None:
            raise PaasError("No port of the server is free for an app without a domain.", hint="Give it a domain.")
        state.change(NOUN, app.owner, {"own-port": port})
        return port


def change(app: App, action: str, to: Callable[[list[PortMapping]], Sequence[PortMapping]]) -> None:
    """Change what is set and have the proxy serve it; nothing has changed if it refuses."""
    before = state.property(NOUN, app.owner, "map")
    with CORE.writing():
        wanted = [str(mapping) for mapping in to(configured(app))]
        state.change(NOUN, app.owner, {"map": wanted or None})
    try:
        if apps.live_release(app):
            lifecycle.configure_proxy(app)
    except BaseException:
        state.change(NOUN, app.owner, {"map": before})
        raise
    hooks.tell(ports_hookspecs.post_proxy_ports_update, app, action)


def without_duplicates(mappings: Sequence[PortMapping]) -> Sequence[PortMapping]:
    """The mappings.

    Raises:
        PaasError: Two of them have one port of the server.
    """
    seen: set[int] = set()
    for mapping in mappings:
        if mapping.host in seen:
            raise PaasError(f"Host port {mapping.host} is mapped twice.", hint="Remove the other mapping first.")
        seen.add(mapping.host)
    return mappings


def _is_free(port: int) -> bool:
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("", port))
        except OSError:
            return False
    return True
