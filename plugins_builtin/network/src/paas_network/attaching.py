"""Have containers join networks, and be found there by the names of their processes."""

from __future__ import annotations

from collections.abc import Iterable

from paas import App, PaasError, Process, apps, releases
from paas_docker.api import NotFound, engine

from . import settings
from .settings import SETTINGS


class Gone(PaasError):
    def __init__(self, app: App, network: str) -> None:
        super().__init__(
            f"Network {network}, which {app.name} is to join, does not exist any more.",
            hint=f"Make it with network:create {network}, or see network:report {app.name}",
        )


def created(app: App, container: str, phase: str, type: str) -> None:
    """Have a container join what it is to be in when it starts.

    Raises:
        Gone: There is no such network.
    """
    # Commands that somebody runs reach others, and aren't found: requests for `web` are for what serves.
    _join(app, container, settings.before_start(app), type if phase == "deploy" else "")


def works(app: App, process: Process) -> None:
    """Have a process that passed its checks join what only those may join that answer.

    Raises:
        Gone: There is no such network.
    """
    _join(app, process.container, settings.once_it_works(app), process.slot.type)


def rebuild(app: App) -> None:
    """Have everything that runs be in the networks that are set now.

    Raises:
        Gone: There is no such network.
    """
    for process in releases.processes(app):
        _join(app, process.container, [*settings.before_start(app), *settings.once_it_works(app)], process.slot.type)


def alias(app: App, type: str) -> str:
    """The name by which the processes of a type are found in every network that they join: `shop.web`."""
    return ".".join(filter(None, (app.name, type, SETTINGS.value(app, "tld"))))


def require_unambiguous(app: App, name: str) -> None:
    """Refuse a name that the processes of another app have: an app's own may hold a dot, and so does a tld.

    Raises:
        PaasError: It is that of another app.
    """
    for other in apps.all():
        if other.id == app.id or not name.startswith(f"{other.name}."):
            continue
        if any(alias(other, process.slot.type) == name for process in releases.processes(other)):
            raise PaasError(
                f"{name} would be both {app.name} and {other.name} in a network.",
                hint=f"Give {app.name} another end with network:set {app.name} tld NAME",
            )


def _join(app: App, container: str, networks: Iterable[str], type: str) -> None:
    """Have a container join networks, under the name of its process type if it has one."""
    names = [alias(app, type)] if type else []
    for network in networks:
        for name in names:
            require_unambiguous(app, name)
        try:
            engine().join(container, network, names)
        except NotFound as error:
            raise Gone(app, network) from error
