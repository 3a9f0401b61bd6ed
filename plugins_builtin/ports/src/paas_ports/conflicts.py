"""Which ports of the server an app may have.

A request for http says which host it means, so apps with domains share a port, and at most one without
any can join them: it answers for all other names. No other port has more than one app.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator, Sequence

from paas import App, PaasError, PortMapping, apps, hooks, hookspecs, state
from paas.context import current

from .mappings import ROUTED, parse

NOUN = "ports"


class PortTaken(PaasError):
    def __init__(self, port: int, owner: str, why: str, hint: str) -> None:
        super().__init__(f"Port {port} already belongs to {owner}{why}.", hint=hint)


def require_possible(app: App, wanted: Sequence[PortMapping]) -> None:
    """Refuse mappings that clash with each other, with another app or with the server itself.

    Raises:
        PaasError: Two of them do.
    """
    for index, mapping in enumerate(wanted):
        _require_apart(mapping, wanted[:index])
        _require_apart_from_server(mapping)
    for owner, theirs in _of_others(app):
        for mapping in wanted:
            if _same_port(mapping, theirs):
                _require_shareable(mapping, app, theirs, owner)


def require_not_own(app: App, wanted: Sequence[PortMapping]) -> None:
    """Refuse the port that another app has for itself.

    Raises:
        PortTaken: One of them is.
    """
    for owner, port in state.owners(NOUN, "own-port").items():
        if owner != app.owner and port in (mapping.host for mapping in wanted):
            name = next((other.name for other in apps.all() if other.owner == owner), owner)
            raise PortTaken(port, name, "", "Choose another port of the server.")


def require_unused(wanted: Sequence[PortMapping]) -> None:
    """Refuse a port on which another program listens; what apps share is nginx's already.

    Raises:
        PaasError: One does.
    """
    nginx = current().paths.nginx
    known = {nginx.http_port, nginx.https_port, *taken()}
    for mapping in wanted:
        if mapping.scheme != "udp" and mapping.host not in known and not is_free(mapping.host):
            raise PaasError(
                f"Another program on the server listens on port {mapping.host}.",
                hint="Choose another port, or stop that program.",
            )


def taken() -> Iterator[int]:
    """The ports that apps have."""
    yield from state.owners(NOUN, "own-port").values()
    for words in state.owners(NOUN, "map").values():
        yield from (parse(word).host for word in words)


def is_free(port: int) -> bool:
    """Whether nobody listens on a port, as far as this account may know."""
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("", port))
        except OSError as error:
            return error.errno != errno.EADDRINUSE
    return True


def _require_apart(mapping: PortMapping, others: Sequence[PortMapping]) -> None:
    for other in others:
        if _same_port(mapping, other):
            raise PaasError(
                f"{mapping} and {other} are for the same port of the server.", hint="Remove one of them first."
            )


def _require_apart_from_server(mapping: PortMapping) -> None:
    paths = current().paths
    # A plain port that takes gRPC takes nothing else, so it can not be the one that all apps share.
    usual = {paths.nginx.http_port: ("http",), paths.nginx.https_port: ("https", "grpcs")}
    if mapping.host == paths.ssh_port and mapping.scheme != "udp":
        raise PaasError(f"Port {mapping.host} is the server's own for ssh.", hint="Choose another.")
    if mapping.scheme not in usual.get(mapping.host, (mapping.scheme, "udp")):
        scheme = usual[mapping.host][0]
        raise PaasError(f"Port {mapping.host} is for {scheme}, for every app.", hint="Choose another for this mapping.")


def _of_others(app: App) -> Iterator[tuple[App, PortMapping]]:
    by_owner = {other.owner: other for other in apps.all()}
    for owner, words in state.owners(NOUN, "map").items():
        if owner != app.owner and owner in by_owner:
            for word in words:
                yield by_owner[owner], parse(word)


def _same_port(one: PortMapping, other: PortMapping) -> bool:
    return one.host == other.host and (one.scheme == "udp") == (other.scheme == "udp")


def _require_shareable(ours: PortMapping, app: App, theirs: PortMapping, owner: App) -> None:
    if ours.scheme != theirs.scheme or ours.scheme not in ROUTED:
        raise PortTaken(ours.host, owner.name, f" for {theirs.scheme}", "Choose another port of the server.")
    if not _has_domains(app) and not _has_domains(owner):
        raise PortTaken(
            ours.host,
            owner.name,
            ", and neither app has a domain",
            f"Give one of them a domain with domains:add {app.name} DOMAIN, or choose another port of the server.",
        )


def _has_domains(app: App) -> bool:
    return bool(hooks.gather(hookspecs.app_domains, app))
