"""What happens to services, as other plugins hear of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from paas import App, hooks
from paas.context import current

from . import hookspecs
from .kinds import Service


@dataclass(frozen=True)
class Event:
    """What is done to a service.

    Attributes:
        action: create, delete, link or unlink.
        kind: Such as `postgres`.
        name: That of the service.
        app: Which is linked or unlinked; None otherwise.
    """

    action: str
    kind: str
    name: str
    app: App | None = None


def refusable(action: str, service: Service, app: App | None = None) -> Event:
    """Ask whether something may be done to a service.

    Raises:
        PaasError: A plugin refuses.
    """
    event = Event(action, service.kind, service.name, app)
    hooks.check(hookspecs.pre_service_action, event)
    return event


def visible(kind: str, names: Sequence[str]) -> list[str]:
    """Those of some services that whoever calls may see in lists."""
    caller = current().caller
    if not caller.is_remote:
        return list(names)
    seen: Sequence[str] = hooks.refine(hookspecs.visible_services, names, kind, caller)
    return list(seen)


def done(event: Event) -> None:
    """Tell that it was."""
    hooks.tell(hookspecs.service_action, event)
