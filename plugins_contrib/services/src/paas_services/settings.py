"""What `set` knows of a service: its networks, and how many backups of it stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from paas import InvalidValue, UsageError

from . import backups, checked, containers, kept, lifecycle
from .kinds import Kind, Service

NETWORKS = ("initial-network", "post-create-network", "post-start-network")
KEEP = "backup-keep"


def set(kind: Kind, service: Service, key: str, value: str) -> None:
    """Change a setting; an empty value clears it.

    Raises:
        UsageError: There is no such key.
        InvalidValue: It can't be the value.
        PaasError: There is no such network.
    """
    known = (*NETWORKS, KEEP) if kind.dump else NETWORKS
    if key not in known:
        raise UsageError(f"{kind.noun}:set doesn't know {key!r}.", hint=f"It knows {', '.join(known)}.")
    if key == KEEP:
        return backups.set_keep(service, _count(value))
    names = checked.networks(value)
    if key == "initial-network" and len(names) > 1:
        raise InvalidValue("A container is made in one network.", hint=f"Name the others with {NETWORKS[1]}.")
    containers.require_networks(names)
    with lifecycle.alone(service):
        kept.keep(_connected(kept.load(kind, service.name), key, names))


def _connected(service: Service, key: str, names: Sequence[str]) -> Service:
    match key:
        case "initial-network":
            return replace(service, initial_network=(*names, "")[0])
        case "post-create-network":
            return replace(service, post_create_network=names)
        case _:
            return replace(service, post_start_network=names)


def _count(value: str) -> int | None:
    """A number of backups; None for no limit.

    Raises:
        InvalidValue: It is none.
    """
    if not value:
        return None
    if not (value.isascii() and value.isdecimal() and int(value[:9]) > 0):
        raise InvalidValue(f"{KEEP} can't be {value!r}.", hint="Say how many stay, 1 or more; nothing keeps all.")
    return int(value[:9])
