"""On which ports of the server somebody listens, as the kernel says."""

from __future__ import annotations

import socket
from pathlib import Path

TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
LISTENING = "0A"
BANNER_SECONDS = 5


def ports() -> set[int]:
    """Every port on which somebody listens, at whatever address."""
    return {port for _address, port in _all()}


def greets(port: int, greeting: bytes) -> bool:
    """Whether whoever listens on a port begins with these bytes."""
    return any(_begins(address, port, greeting) for address, listening in _all() if listening == port)


def _begins(address: str, port: int, greeting: bytes) -> bool:
    try:
        with socket.create_connection((address, port), timeout=BANNER_SECONDS) as connection:
            return connection.recv(len(greeting)) == greeting
    except OSError:
        return False


def _all() -> list[tuple[str, int]]:
    lines = [line.split() for table in TABLES if table.exists() for line in table.read_text().splitlines()[1:]]
    return [parsed(words[1]) for words in lines if words[3] == LISTENING]


def parsed(words: str) -> tuple[str, int]:
    """An address and a port as the kernel prints them: `0100007F:1F90`, each 32 bits in the machine's order."""
    address, _, port = words.partition(":")
    groups = [bytes.fromhex(address[at : at + 8])[::-1] for at in range(0, len(address), 8)]
    family = socket.AF_INET if len(groups) == 1 else socket.AF_INET6
    return socket.inet_ntop(family, b"".join(groups)), int(port, 16)
