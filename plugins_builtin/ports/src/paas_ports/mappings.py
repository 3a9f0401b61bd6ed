"""Mappings as people write them: `http:80:5000`."""

from __future__ import annotations

import re

from paas import Image, InvalidValue, PortMapping

SCHEMES = ("http", "https", "grpc", "grpcs", "tcp", "udp")
ROUTED = ("http", "https", "grpc", "grpcs")
"""Schemes in which a request names its host, so that apps can share a port."""
CONTAINER_PORT = 5000
PORTS = range(1, 65536)
_MAPPING = re.compile(r"([a-z]+):([0-9]{1,5}):([0-9]{1,5})")


def parse(word: str) -> PortMapping:
    """A word as a mapping.

    Raises:
        InvalidValue: It isn't one.
    """
    match = _MAPPING.fullmatch(word)
    if not match or match[1] not in SCHEMES or not all(int(match[n]) in PORTS for n in (2, 3)):
        raise InvalidValue(
            f"{word!r} is not a port mapping.",
            hint=f"Such as http:80:5000: a scheme ({', '.join(SCHEMES)}), a port of the server, a port of the app.",
        )
    return PortMapping(match[1], int(match[2]), int(match[3]))


def container_port(image: Image | None) -> int:
    """The first TCP port that an image exposes, else 5000."""
    exposed = [port.removesuffix("/tcp") for port in (image.ports if image else ()) if port.endswith("/tcp")]
    return int(exposed[0]) if exposed else CONTAINER_PORT
