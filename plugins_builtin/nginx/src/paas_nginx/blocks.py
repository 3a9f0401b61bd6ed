"""Which server blocks an app's domains, ports and certificates come to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from paas import PortMapping
from paas_proxy.api import Certificate

EVERY_HOST = "_"
PLAIN, SECURE, GRPC = ("http", "grpc"), ("https", "grpcs"), ("grpc", "grpcs")


@dataclass(frozen=True)
class Block:
    """One server block.

    Attributes:
        port: Where it listens.
        names: The host names that it answers for.
        every: It answers for all names that nobody else has on this port.
        container: The port of the app's processes.
        grpc: They speak gRPC.
        certificate: With TLS.
        redirect: The port of TLS to which it sends clients, instead of to the app.
    """

    port: int
    names: tuple[str, ...]
    every: bool
    container: int
    grpc: bool = False
    certificate: Certificate | None = None
    redirect: int | None = None


def of(
    domains: Sequence[str], ports: Iterable[PortMapping], certificates: Mapping[str, Certificate], http_port: int
) -> list[Block]:
    """The server blocks of an app.

    Args:
        domains: None means that it answers for every name on its ports.
        ports: Mappings of schemes that nginx doesn't serve are left out.
        certificates: Domain to certificate, for the domains that have one.
        http_port: The port from which clients are sent on to TLS, for domains that have it.
    """
    ports = list(ports)
    secure = next((m.host for m in ports if m.scheme == "https"), None) if certificates else None
    found: list[Block] = []
    for mapping in ports:
        if mapping.scheme in SECURE:
            found += _secure(mapping, domains, certificates)
        elif mapping.scheme == "http" and mapping.host == http_port and secure:
            found += _redirecting(mapping, domains, certificates, secure)
        elif mapping.scheme in PLAIN:
            found.append(_block(mapping, domains, every=not domains))
    return found


def leading_to(port: int, blocks: Iterable[Block]) -> list[Block]:
    """The same server blocks before a port of something that isn't the app's."""
    return [replace(block, container=port) for block in blocks]


def unsecured(ports: Iterable[PortMapping], certificates: Mapping[str, Certificate]) -> list[PortMapping]:
    """The mappings that need a certificate where there is none."""
    return [] if certificates else [m for m in ports if m.scheme in SECURE]


def _secure(mapping: PortMapping, domains: Sequence[str], certificates: Mapping[str, Certificate]) -> Iterator[Block]:
    for certificate in dict.fromkeys(certificates.values()):
        names = [name for name in domains if certificates.get(name) == certificate]
        yield _block(mapping, names, certificate=certificate)


def _redirecting(
    mapping: PortMapping, domains: Sequence[str], certificates: Mapping[str, Certificate], secure: int
) -> Iterator[Block]:
    yield _block(mapping, [name for name in domains if name in certificates], redirect=secure)
    if others := [name for name in domains if name not in certificates]:
        yield _block(mapping, others)


def _block(
    mapping: PortMapping,
    names: Sequence[str],
    *,
    every: bool = False,
    certificate: Certificate | None = None,
    redirect: int | None = None,
) -> Block:
    return Block(
        port=mapping.host,
        names=tuple(name for name in names if name != EVERY_HOST),
        every=every or EVERY_HOST in names,
        container=mapping.container,
        grpc=mapping.scheme in GRPC,
        certificate=certificate,
        redirect=redirect,
    )
