"""Which services there are, and which apps are linked to them: in the store, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from paas import App, PaasError, apps, state

from .kinds import Kind, Service

NOUN = "services"


class ServiceNotFound(PaasError):
    def __init__(self, kind: Kind, name: str) -> None:
        super().__init__(
            f"{kind.title} service {name} does not exist.", hint=f"Create it with {kind.noun}:create {name}"
        )


@dataclass(frozen=True)
class Link:
    """An app's way to a service.

    Attributes:
        variable: What holds the URL.
        further: What has held it before it was promoted, and does still.
    """

    variable: str
    scheme: str = ""
    query: str = ""
    further: str = ""


def owner(key: str) -> str:
    return f"service:{key}"


def names(kind: str) -> list[str]:
    """The names of the services of a kind, such as `postgres`, in order."""
    prefix = owner(f"{kind}/")
    return sorted(key.removeprefix(prefix) for key in state.owners(NOUN, "service") if key.startswith(prefix))


def find(kind: Kind, name: str) -> Service | None:
    return of_kind(kind.noun, name)


def of_kind(kind: str, name: str) -> Service | None:
    """The service of a name, of a kind such as `postgres`."""
    value = state.property(NOUN, owner(f"{kind}/{name}"), "service")
    return Service(**value) if value else None


def load(kind: Kind, name: str) -> Service:
    """The service of a name.

    Raises:
        ServiceNotFound: There is none.
    """
    if not (service := find(kind, name)):
        raise ServiceNotFound(kind, name)
    return service


def keep(service: Service) -> None:
    state.change(NOUN, owner(service.key), {"service": asdict(service)})


def change(service: Service, values: Mapping[str, Any]) -> None:
    """Keep further things of a service, or with None forget them; nothing if it was destroyed meanwhile."""
    with state.CORE.writing():
        if of_kind(service.kind, service.name):
            state.change(NOUN, owner(service.key), values)


def add(kind: Kind, service: Service) -> None:
    """Keep a new service.

    Raises:
        PaasError: The name is taken.
    """
    with state.CORE.writing():
        if find(kind, service.name):
            raise PaasError(f"{kind.title} service {service.name} already exists.", hint="Choose another name.")
        keep(service)


def forget(service: Service) -> None:
    state.forget(owner(service.key))


def links(service: Service) -> dict[App, Link]:
    """The apps that are linked to a service, by name."""
    found = state.owners(NOUN, f"link:{service.key}")
    linked = ((apps.by_id(int(owner.removeprefix("app:"))), Link(**value)) for owner, value in found.items())
    return dict(sorted(((app, link) for app, link in linked if app), key=lambda pair: pair[0].name))


def links_of(app: App, kind: str) -> dict[str, Link]:
    """The services of a kind that an app is linked to, by name."""
    prefix = f"link:{kind}/"
    kept: Mapping[str, dict[str, str]] = state.properties(NOUN, app.owner)
    return {key.removeprefix(prefix): Link(**kept[key]) for key in sorted(kept) if key.startswith(prefix)}


def services_of(app: App) -> list[Service]:
    """The services of any kind that an app is linked to."""
    keys = [key.removeprefix("link:") for key in state.properties(NOUN, app.owner) if key.startswith("link:")]
    found = [state.property(NOUN, owner(key), "service") for key in sorted(keys)]
    return [Service(**value) for value in found if value]


def link(service: Service, app: App, link: Link | None) -> None:
    """Keep, or with None forget, that an app is linked to a service."""
    state.change(NOUN, app.owner, {f"link:{service.key}": asdict(link) if link else None})


def duplicate(app: App, copy: App) -> None:
    """Link a clone to what its original is linked to: it has the same variables."""
    state.change(NOUN, copy.owner, state.properties(NOUN, app.owner))
