"""What a killed deploy has left: containers that nobody knows, and addresses without a container."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from paas import apps, intents, locks, releases
from paas_docker.api import APP_ID, State, engine, ours

from . import commanded, network, remove, retire
from .labels import INSTANCE
from .network import Lease


def sweep() -> None:
    """Remove what is left over of each app that no deploy is busy with.

    A container that is astray while its app's lock is ours stays so: only the deploy that made it could have made
    it live. So the lock need not be held while it is stopped.
    """
    for app_id in suspects():
        if (left := of(app_id)) is None:
            continue
        stray, unused = left
        remove.now(engine(), [container.id for container in stray])
        network.free([lease.instance for lease in unused])
        if not apps.by_id(app_id):
            locks.forget(app_id)


def suspects() -> list[int]:
    """The ids of the apps that something seems to be left over of; a deploy that is going on looks just so."""
    return sorted(_suspects(*_kept(), _known()))


def of(app_id: int) -> tuple[list[State], list[Lease]] | None:
    """What is left over of an app; None while somebody is busy with it."""
    with locks.exclusive(f"app-{app_id}", wait=False) as idle:
        if not idle or _in_use(app_id):
            return None
        containers, leases = _kept(app_id)
        return strays(containers, _known(app_id)), idle_leases(containers, leases)


def _in_use(app_id: int) -> bool:
    """Whether requests may still go to containers that the store doesn't name: the proxy couldn't be set back yet."""
    return any(intent.what == intents.ROUTE for intent in intents.left(app_id))


def strays(containers: Iterable[State], known: Collection[str]) -> list[State]:
    """The containers that are neither live nor about to be removed, and of no command that may still go on."""
    return [each for each in containers if each.id not in known and not commanded.may_go_on(each)]


def idle_leases(containers: Iterable[State], leases: Iterable[Lease]) -> list[Lease]:
    """The addresses whose container is gone."""
    instances = {container.labels[INSTANCE] for container in containers}
    return [lease for lease in leases if lease.instance not in instances]


def _suspects(containers: list[State], leases: list[Lease], known: Collection[str]) -> set[int]:
    stray = {int(container.labels[APP_ID]) for container in strays(containers, known)}
    return stray | {lease.app_id for lease in idle_leases(containers, leases)}


def _kept(app_id: int | None = None) -> tuple[list[State], list[Lease]]:
    """The containers that this plugin made, and the addresses it gave, for one app or all."""
    label = {APP_ID: str(app_id or ""), INSTANCE: ""}
    return engine().containers(ours() | label), [
        lease for lease in network.leases() if app_id is None or lease.app_id == app_id
    ]


def _known(app_id: int | None = None) -> set[str]:
    """The containers that are live or about to be removed, of one app or all."""
    owners = apps.all() if app_id is None else filter(None, [apps.by_id(app_id)])
    return {process.container for app in owners for process in releases.processes(app)} | retire.planned()
