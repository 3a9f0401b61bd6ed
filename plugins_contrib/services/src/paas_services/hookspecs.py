"""What other plugins hear of services."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from paas import hookspec

if TYPE_CHECKING:
    from paas.context import Caller

    from .events import Event


@hookspec.check
def pre_service_action(event: Event) -> None:
    """Refuse that a service is created, deleted, linked or unlinked.

    Called once it is clear that it can be done, before anything changes. In Dokku these are the actions `pre-create`,
    `pre-delete`, `pre-link` and `pre-unlink` of one trigger.

    Raises:
        PaasError: It may not be done.
    """


@hookspec.tell
def service_action(event: Event) -> None:
    """A service was created, deleted, linked or unlinked.

    Called once it is so: a new service answers, and an app that is linked has its variable, but was not restarted yet.
    """


@hookspec.filter
def visible_services(names: Sequence[str], kind: str, caller: Caller) -> Sequence[str]:
    """Leave out the services that a key should not see in lists.

    Called for every listing of services of a kind, such as `postgres`, that comes through an ssh key.
    """
    return names
