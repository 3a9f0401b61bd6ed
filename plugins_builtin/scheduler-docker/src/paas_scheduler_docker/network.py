"""The bridge that all containers of this system join, and the addresses in it that are ours to give.

Docker gives out addresses of its own only from a quarter of the subnet; each process gets a fixed one from
the rest. They go round: an address that was freed comes up again only after all the others, so that a proxy
which still holds on to it meets nobody rather than a stranger.
"""

from __future__ import annotations

import hashlib
import sqlite3
from ipaddress import IPv4Address, IPv4Network

from paas import PaasError
from paas.context import current
from paas.state import Schema
from paas_docker.api import engine, ours

DEFAULT_ROOT = "/var/lib/paas"
_SUBNETS = [*IPv4Network("172.16.0.0/12").subnets(new_prefix=16), *IPv4Network("10.0.0.0/8").subnets(new_prefix=16)]
CANDIDATES = [(str(s), str(next(s.subnets(prefixlen_diff=2)))) for s in reversed(_SUBNETS[2:])]
"""Subnets with the range that Docker may use by itself: the first quarter."""

SCHEMA = Schema(
    "scheduler-docker",
    (
        """
        CREATE TABLE scheduler_docker_addresses (
            address INTEGER PRIMARY KEY,
            instance TEXT NOT NULL UNIQUE
        ) STRICT;
        CREATE TABLE scheduler_docker_last (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            address INTEGER NOT NULL
        ) STRICT;
        """,
    ),
)


def name() -> str:
    """The bridge's name: `paas`, or one of its own for a system under another root."""
    root = str(current().paths.root)
    return "paas" if root == DEFAULT_ROOT else f"paas-{hashlib.sha256(root.encode()).hexdigest()[:8]}"


def ensure() -> IPv4Network:
    """Have the bridge; its subnet."""
    return IPv4Network(engine().ensure_network(name(), ours(), CANDIDATES))


def take(instance: str, subnet: IPv4Network) -> str:
    """An address for one instance of a process, taken in rotation.

    Raises:
        PaasError: All are taken.
    """
    first, last = int(subnet[subnet.num_addresses // 4]), int(subnet.broadcast_address) - 1
    with SCHEMA.writing() as db:
        row = db.execute("SELECT address FROM scheduler_docker_last").fetchone()
        before = row["address"] if row and first <= row["address"] <= last else last
        address = _next(db, before, first, last)
        db.execute("INSERT INTO scheduler_docker_addresses VALUES (?, ?)", (address, instance))
        db.execute("INSERT OR REPLACE INTO scheduler_docker_last VALUES (1, ?)", (address,))
    return str(IPv4Address(address))


def free(instance: str) -> None:
    """Give back the address of a container that is gone."""
    with SCHEMA.writing() as db:
        db.execute("DELETE FROM scheduler_docker_addresses WHERE instance = ?", (instance,))


def _next(db: sqlite3.Connection, before: int, first: int, last: int) -> int:
    taken = {row["address"] for row in db.execute("SELECT address FROM scheduler_docker_addresses")}
    size = last - first + 1
    for step in range(1, size + 1):
        address = first + (before - first + step) % size
        if address not in taken:
            return address
    raise PaasError("No address is free in the network of the apps.", hint="Scale something down.")
