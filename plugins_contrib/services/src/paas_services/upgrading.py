"""Have a service run another version: what it holds is dumped by the old one and restored by the new one, side by side.

The old data stays until the new version answers, and the old version goes on if anything fails. Apps can't reach the
service meanwhile, so that nothing is written which the new version would not have.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from paas import PaasError, output, privileged

from . import aside, backups, containers, images, kept, lifecycle, moving, turns
from .kinds import Kind, Service


def upgrade(kind: Kind, service: Service, change: Callable[[Service], Service]) -> Service:
    """Have a service be as a change makes it: of another version, image or with other options.

    Returns:
        It, as it is now.

    Raises:
        PaasError: It can't be; it is as it was then.
    """
    with lifecycle.alone(service):
        before = kept.load(kind, service.name)
        wanted = replace(change(before), stopped=False)
        containers.require_networks(wanted.networks)
        images.present(kind, wanted)
        if not kind.dump or (wanted.image, wanted.version) == (before.image, before.version):
            return lifecycle.replaced(kind, before, wanted)
        new = replace(wanted, data=_folder(before, wanted.version))
        with turns.aside(before):
            try:
                _copy(kind, before, new)
            except BaseException:
                _back(kind, before, new)
                raise
            try:
                lifecycle.replaced(kind, before, new)
            except BaseException:
                remove_data(new)
                raise
        remove_data(before)
    return new


def _copy(kind: Kind, before: Service, new: Service) -> None:
    """Fill the new folder of data; the service is stopped from here on."""
    whole = kind.whole or kind
    output.step(f"Stopping {before.name}: apps can't reach it until the new version answers")
    containers.stop(before)
    remove_data(new)
    try:
        old_id, new_id = aside.run(kind, before), aside.run(kind, new)
        with moving.frozen(whole, before, old_id) as held:
            if held.beyond:
                raise PaasError(
                    f"{before.name} also holds {', '.join(held.beyond)}, which would be lost.",
                    hint=f"Move it to a service of its own, or remove it: {kind.noun}:connect {before.name}",
                )
            output.step(f"Copying what it holds from {before.version} to {new.version}")
            moving.copy(whole, before, old_id, new, new_id, held.words)
            with moving.frozen(whole, new, new_id) as arrived:
                if wrong := backups.differences(held.rows, arrived.rows):
                    raise PaasError(f"The new version does not hold what the old one does: {'; '.join(wrong)}.")
    finally:
        aside.stop(before)
        aside.stop(new)


def _back(kind: Kind, before: Service, new: Service) -> None:
    """Have the service run as it was, with nothing left of the new one."""
    output.warn(f"Going back to {before.version}")
    with suppress(PaasError):
        remove_data(new)
    containers.start(kind, before)


def remove_data(service: Service) -> None:
    """Remove the folder of data that a service names."""
    if (folder := containers.root(service) / service.data).exists():
        privileged.run("remove", str(folder))


def _folder(service: Service, version: str) -> str:
    """A name for a new folder of data; what may lie there is of an upgrade that was killed."""
    return next(name for name in (f"data-{version}", f"data-{version}-2") if name != service.data)
