"""The networks that Docker has, and those of them that are ours to make and remove."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from paas import PaasError, apps, authorization
from paas.state import GLOBAL
from paas_docker.api import NetworkInfo, NotFound, engine, ours
from paas_scheduler_docker import api as scheduler_docker

from .settings import JOINED, SETTINGS

NAMED = "paas.network"
"""Label of a network that was made by `network:create`, with its name."""


class NoSuchNetwork(PaasError):
    def __init__(self, name: str) -> None:
        super().__init__(f"Network {name} does not exist", hint=f"Make it with network:create {name}")


def load(name: str) -> NetworkInfo:
    """A network by its name.

    Raises:
        NoSuchNetwork: There is none.
    """
    try:
        return engine().network(name)
    except NotFound as error:
        raise NoSuchNetwork(name) from error


def exists(name: str) -> bool:
    return any(name == each for each, _ in engine().networks())


def is_ours(name: str, labels: Mapping[str, str]) -> bool:
    """Whether a network was made by this system's `network:create`."""
    return (ours() | {NAMED: name}).items() <= labels.items()


def create(name: str) -> None:
    """Make a network.

    Raises:
        PaasError: There is one of that name, whoever made it.
    """
    if exists(name):
        raise PaasError(f"Network {name} already exists", hint="See network:list, and choose another name.")
    engine().ensure_network(name, ours() | {NAMED: name}, [(subnet, subnet) for subnet in scheduler_docker.subnets()])


def destroy(name: str) -> None:
    """Remove a network that nobody needs.

    Raises:
        PaasError: It is needed, or isn't ours.
    """
    require_removable(name)
    engine().remove_network(name)


def require_removable(name: str) -> None:
    """Refuse to remove a network that isn't ours, or that is in use."""
    found = load(name)
    if not is_ours(name, found.labels):
        raise PaasError(
            f"Network {name} was not made by network:create, so it stays.", hint=f"docker network rm {name} removes it."
        )
    if users := list(settings_with(name)):
        owner, key = users[0]
        raise PaasError(
            f"Network {name} is the {key} of {owner}.",
            hint=f"Take it away with network:set {owner} {key}, then ps:rebuild what runs.",
        )
    if found.containers:
        raise PaasError(
            f"In network {name} there is {', '.join(found.containers)}.",
            hint="Those of apps leave it with the next ps:rebuild, once they have drained; others have to be stopped.",
        )


def settings_with(name: str) -> Iterator[tuple[str, str]]:
    """Where a network is set: the app's name, or --global, and the key."""
    for label, owner in [(GLOBAL, GLOBAL), *((app.name, app.owner) for app in apps.all())]:
        for key in JOINED:
            if name in (SETTINGS.own(owner, key) or "").split():
                yield label, key


def require_attachable(name: str) -> None:
    """Refuse to let an app into a network that isn't there, or isn't for whoever asks to give.

    Raises:
        PaasError: Why not.
    """
    found = load(name)
    if name == scheduler_docker.network_name():
        raise PaasError(f"All apps are in {name} already.")
    if not is_ours(name, found.labels):
        authorization.require_root(
            f"Network {name} was not made by network:create, so only root lets apps into it.",
            hint="Run the command on the server as root.",
        )
