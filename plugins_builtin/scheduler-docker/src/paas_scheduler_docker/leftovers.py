"""Containers that nobody knows, and the bridge once nothing is in it: ready to be removed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from paas import App
from paas.upkeep import Leftover
from paas_docker.api import APP_ID, State, engine, ours

from . import network, remove, strays


def leftovers(app: App | None) -> list[Leftover]:
    """What killed deploys and jobs of an app, or of all of them, have left."""
    found = [*_containers([app.id] if app else strays.suspects())]
    return found if app else [*found, *_bridge()]


def _containers(app_ids: list[int]) -> Iterator[Leftover]:
    for app_id in app_ids:
        stray, _leases = strays.of(app_id) or ([], [])
        for container in stray:
            yield Leftover("container", container.name, engine().size(container.id), partial(_remove, container))


def _remove(container: State) -> None:
    """Remove a container unless it has become one that is known."""
    stray, _leases = strays.of(int(container.labels[APP_ID])) or ([], [])
    remove.now(engine(), [each.id for each in stray if each.id == container.id])


def _bridge() -> Iterator[Leftover]:
    """The bridge that the containers of all apps join; the next deploy makes it anew."""
    is_there = (network.name(), ours()) in [(name, dict(labels)) for name, labels in engine().networks()]
    if is_there and _is_empty():
        yield Leftover("network", network.name(), 0, _remove_bridge)


def _is_empty() -> bool:
    return not network.leases() and not engine().containers(ours())


def _remove_bridge() -> None:
    if _is_empty():
        engine().remove_network(network.name())
