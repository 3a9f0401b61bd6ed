"""Who may do what to a service at a time: the names of the locks, and what is said to whoever comes second."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from paas import PaasError, locks

from .kinds import Service


def change(service: Service) -> str:
    """The lock of whoever makes, changes or removes a service, for which others wait."""
    return change_of(service.kind, service.name)


def change_of(kind: str, name: str) -> str:
    return f"service-{kind}-{name}"


def backup(service: Service) -> str:
    """That of whoever backs it up."""
    return f"service-backup-{service.kind}-{service.name}"


def aside(service: Service) -> AbstractContextManager[None]:
    """Be the only one who has containers aside of a service.

    Raises:
        PaasError: Somebody has.
    """
    return only(_aside(service), f"{service.name} is being verified or upgraded.")


def is_free(service: Service) -> bool:
    """Whether nobody has containers aside of a service."""
    with locks.exclusive(_aside(service), wait=False) as taken:
        return taken


def _aside(service: Service) -> str:
    return f"service-aside-{service.kind}-{service.name}"


@contextmanager
def only(lock: str, busy: str) -> Iterator[None]:
    """Be the only one, without waiting for it.

    Raises:
        PaasError: Somebody is at it.
    """
    with locks.exclusive(lock, wait=False) as taken:
        if not taken:
            raise PaasError(busy, hint="Wait for its end.")
        yield
