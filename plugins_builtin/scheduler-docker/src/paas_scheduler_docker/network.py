"""The bridge that all containers of this system join, and the addresses in it that are ours to give.

Docker gives out addresses of its own only from a quarter of the subnet; each process gets a fixed one from
the rest. They go round: an address that was freed comes up again only after all the others, so that a proxy
which still holds on to it meets nobody rather than a stranger.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from paas import App, PaasError
from paas.context import current
from paas.state import Schema
from paas_docker.api import engine, ours

DEFAULT_ROOT = "/var/lib/paas"
ROUTES = Path("/proc/net/route")
RESOLVER = Path("/etc/resolv.conf")

SCHEMA = Schema(
    "scheduler-docker",
    (
        """
        CREATE TABLE scheduler_docker_addresses (
            address INTEGER PRIMARY KEY,
            instance TEXT NOT NULL UNIQUE,
            app_id INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE scheduler_docker_last (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            address INTEGER NOT NULL
        ) STRICT;
        """,
    ),
)


@dataclass(frozen=True)
class Lease:
    """An address that is one container's as long as it exists.

    Attributes:
        instance: A random word, for the container's label.
        app_id: The app whose container it is.
    """

    instance: str
    address: str
    app_id: int


def name() -> str:
    """The bridge's name: `paas`, or one of its own for a system under another root."""
    import hashlib

    root = str(current().paths.root)
    return "paas" if root == DEFAULT_ROOT else f"paas-{hashlib.sha256(root.encode()).hexdigest()[:8]}"


def ensure() -> IPv4Network:
    """Have the bridge; its subnet."""
    return IPv4Network(engine().ensure_network(name(), ours(), candidates(_taken())))


def candidates(taken: Sequence[IPv4Network]) -> Iterator[tuple[str, str]]:
    """Subnets that nothing on this server leads to yet, each with the quarter that Docker may use by itself.

    The last ones of the private ranges come first, since people and clouds begin with the first. One by one: as a
    rule the bridge is there, and nobody looks at any.
    """
    blocks = (IPv4Network("172.16.0.0/12"), IPv4Network("10.0.0.0/8"))
    subnets = [subnet for block in blocks for subnet in block.subnets(new_prefix=16)]
    for subnet in reversed(subnets):
        if not any(subnet.overlaps(other) for other in taken):
            yield str(subnet), str(next(subnet.subnets(prefixlen_diff=2)))


def small_subnets() -> list[str]:
    """Candidates for networks beside the bridge: the last 256 addresses of each candidate for that."""
    return [f"{IPv4Network(subnet).broadcast_address - 255}/24" for subnet, _ in candidates(_taken())]


def _taken() -> list[IPv4Network]:
    """What a bridge must not hide: networks with a route of their own, and the name servers, which a
    default route may lead to."""
    resolver = RESOLVER.read_text() if RESOLVER.exists() else ""
    return [*_routes(ROUTES.read_text()), *_name_servers(resolver)]


def _name_servers(resolver: str) -> Iterator[IPv4Network]:
    for line in resolver.splitlines():
        words = line.split()
        if words[:1] == ["nameserver"] and words[1:] and ":" not in words[1]:
            yield IPv4Network(words[1])


def _routes(table: str) -> Iterator[IPv4Network]:
    """The networks of the kernel's routing table but for the default route."""
    for line in table.splitlines()[1:]:
        fields = line.split()
        address, mask = (int.from_bytes(bytes.fromhex(fields[column]), "little") for column in (1, 7))
        if mask:
            yield IPv4Network((address, mask.bit_count()), strict=False)


def take(app: App, subnet: IPv4Network) -> Lease:
    """An address for a new container of an app, the next in the rotation.

    Raises:
        PaasError: All are taken.
    """
    first, last = int(subnet[subnet.num_addresses // 4]), int(subnet.broadcast_address) - 1
    instance = os.urandom(4).hex()
    with SCHEMA.writing() as db:
        taken = {row["address"] for row in db.execute("SELECT address FROM scheduler_docker_addresses")}
        row = db.execute("SELECT address FROM scheduler_docker_last").fetchone()
        address = following(row["address"] if row else last, taken, range(first, last + 1))
        db.execute("INSERT INTO scheduler_docker_addresses VALUES (?, ?, ?)", (address, instance, app.id))
        db.execute("INSERT OR REPLACE INTO scheduler_docker_last VALUES (1, ?)", (address,))
    return Lease(instance, str(IPv4Address(address)), app.id)


def following(last: int, taken: Collection[int], all: range) -> int:
    """The next address of the rotation that is free.

    Args:
        last: The one that was given before; may lie elsewhere, since a network can be made anew.

    Raises:
        PaasError: All are taken.
    """
    start = last - all.start + 1 if last in all else 0
    for step in range(len(all)):
        if (address := all[(start + step) % len(all)]) not in taken:
            return address
    raise PaasError("No address is free in the network of the apps.", hint="Scale something down.")


def free(instances: Iterable[str]) -> None:
    """Give back the addresses of containers that are gone."""
    with SCHEMA.writing() as db:
        db.executemany("DELETE FROM scheduler_docker_addresses WHERE instance = ?", [(one,) for one in instances])


def leases() -> list[Lease]:
    """Every address that is taken."""
    with SCHEMA.reading() as db:
        rows = db.execute("SELECT * FROM scheduler_docker_addresses ORDER BY address")
        return [Lease(row["instance"], str(IPv4Address(row["address"])), row["app_id"]) for row in rows]
