"""Make, change and remove services, so that a failure leaves nothing behind and loses nothing."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

from paas import InvalidValue, PaasError, locks, output
from paas_docker.api import engine, ours

from . import checked, containers, events, images, kept, moving, ports, turns
from .kinds import Kind, Service


def draft(kind: Kind, name: str, password: str | None = None) -> Service:
    """A service that is to be made, of the kind's own image.

    Args:
        password: None for a random one.

    Raises:
        InvalidValue: The name or the password can't be used.
    """
    if name in kind.reserved:
        raise InvalidValue(f"{kind.title} has a {name} of its own.", hint="Choose another name.")
    return Service(
        kind=kind.noun,
        name=name,
        image=kind.image,
        version=kind.version,
        password=secrets.token_hex(16) if password is None else checked.password(password),
    )


def create(kind: Kind, service: Service) -> None:
    """Make a service and wait until it answers.

    Raises:
        PaasError: The name is taken, there is no image, or it doesn't answer; nothing of it stays.
    """
    with alone(service):
        if kept.find(kind, service.name):
            kept.add(kind, service)  # which refuses
        containers.require_networks(service.networks)
        event = events.refusable("create", service)
        images.present(kind, service)
        with _made(kind, service):
            containers.start(kind, service)
    events.done(event)


def clone(kind: Kind, service: Service, copy: Service) -> None:
    """Make a service that holds what another does.

    Raises:
        PaasError: It can't be; nothing of it stays.
    """
    moving.require(kind, kind.dump, "cloned")
    id = containers.running(kind, service)
    with alone(copy):
        containers.require_networks(copy.networks)
        event = events.refusable("create", copy)
        with _made(kind, copy):
            containers.start(kind, copy)
            moving.copy(kind, service, id, copy, containers.running(kind, copy))
    events.done(event)


@contextmanager
def _made(kind: Kind, service: Service) -> Iterator[None]:
    """A new service, of which nothing stays if the block raises."""
    kept.add(kind, service)
    try:
        yield
    except BaseException as error:
        with suppress(PaasError):
            containers.remove(service)
            kept.forget(service)
        if isinstance(error, containers.Silent):
            raise PaasError(error.message, hint="Nothing of it stays; mend that, and create it again.") from error
        raise


def destroy(kind: Kind, service: Service) -> None:
    """Remove a service with all that it holds.

    Raises:
        PaasError: An app is linked to it, or somebody has just done it.
    """
    with alone(service), turns.aside(service):
        service = kept.load(kind, service.name)
        require_unlinked(kind, service)
        event = events.refusable("delete", service)
        containers.remove(service)
        kept.forget(service)
    events.done(event)


def require_unlinked(kind: Kind, service: Service) -> None:
    """Refuse while an app is linked to a service.

    Raises:
        PaasError: One is.
    """
    if linked := [app.name for app in kept.links(service)]:
        raise PaasError(
            f"Cannot delete linked service {service.name}: {', '.join(linked)} uses it.",
            hint=f"Unlink it first: {kind.noun}:unlink {service.name} {linked[0]}",
        )


def start(kind: Kind, service: Service) -> None:
    """Have a service run, until somebody stops it."""
    with alone(service):
        wanted = replace(kept.load(kind, service.name), stopped=False)
        kept.keep(wanted)
        containers.start(kind, wanted)


def stop(kind: Kind, service: Service, *, keeps_container: bool) -> None:
    """Have a service not run, until somebody starts it; what it holds stays."""
    with alone(service):
        kept.keep(replace(kept.load(kind, service.name), stopped=True))
        containers.pause(service) if keeps_container else containers.stop(service)


def wake(service: Service) -> bool:
    """Start the container that a service has, whoever has stopped it; whether there is one."""
    with alone(service):
        container, now = containers.found(service), kept.of_kind(service.kind, service.name)
        if not (container and now):
            return False
        if not container.is_running:
            output.step(f"Starting {service.kind} service {service.name}")
            kept.keep(replace(now, stopped=False))
            engine().start(container.id)
    return True


def restore() -> None:
    """Start what should run and doesn't: after a crash of its own, dockerd stops containers and leaves them so."""
    for container in engine().containers(ours() | {containers.SERVICE: ""}):
        if container.status not in ("exited", "created", "dead"):
            continue
        kind, _, name = container.labels[containers.SERVICE].partition("/")
        with locks.exclusive(turns.change_of(kind, name), wait=False) as nobody_is_at_it:
            service = kept.of_kind(kind, name)
            if nobody_is_at_it and service and not service.stopped:
                output.step(f"Starting {kind} service {name}, which had ended")
                try:
                    engine().start(container.id)
                except PaasError as error:  # the others are not to wait for this one
                    output.warn(f"{name} can't be started: {error.message}", hint=error.hint)


def restart(kind: Kind, service: Service, change: Callable[[Service], Service] = lambda service: service) -> Service:
    """Start a service anew in a new container, as it is or as a change makes it; it is as it was if that fails."""
    with alone(service):
        before = kept.load(kind, service.name)
        after = replace(change(before), stopped=False)
        images.present(kind, after)
        return replaced(kind, before, after)


def replaced(kind: Kind, before: Service, after: Service) -> Service:
    """Have a service run as it is to be, or as it was if that fails. For who is alone with it.

    Returns:
        It, as it is now.
    """
    containers.stop(before)
    # First: if we are killed now, whoever starts it next starts the one that will hold all that is written.
    kept.keep(after)
    try:
        containers.start(kind, after)
    except BaseException:
        kept.keep(before)
        if after != before:
            with suppress(PaasError):
                containers.stop(before)
                containers.start(kind, before)
        raise
    return after


def expose(kind: Kind, service: Service, chosen: Sequence[int]) -> Service:
    """Have ports of the host lead to a service.

    Raises:
        PaasError: Some do already, or one is in use.
    """
    wanted = [ports.chosen(port) for port in dict.fromkeys(chosen)] or [ports.chosen(0)]

    def exposed(now: Service) -> Service:
        if now.ports:
            raise PaasError(
                f"Service {now.name} is exposed already at {', '.join(map(str, now.ports))}.",
                hint=f"Change it with {kind.noun}:unexpose {now.name} first.",
            )
        return replace(now, ports=wanted)

    return restart(kind, service, exposed)


def unexpose(kind: Kind, service: Service) -> None:
    """Have no port of the host lead to a service."""

    def unexposed(now: Service) -> Service:
        if not now.ports:
            raise PaasError(f"Service {now.name} is not exposed.")
        return replace(now, ports=[])

    restart(kind, service, unexposed)


@contextmanager
def alone(service: Service) -> Iterator[None]:
    """Be the only one who makes, changes or removes a service."""
    with locks.exclusive(turns.change(service)):
        yield
