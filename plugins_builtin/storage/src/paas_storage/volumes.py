"""Volumes: folders with a name of their own."""

from __future__ import annotations

from dataclasses import replace

from paas import InvalidValue, PaasError
from paas.context import current

from . import attaching, folders, kept, owners, places, specs
from .kept import Volume

KUBERNETES = ("access-mode", "annotation", "label", "namespace", "reclaim-policy", "size", "storage-class-name")
"""What a volume of Dokku's has that lives in Kubernetes."""


def create(wanted: Volume) -> None:
    """Make a volume and its folder; again, what is there stays as it is.

    Raises:
        PaasError: Its place may not be used, or another volume of that name is elsewhere.
    """
    before = kept.find(wanted.name)
    if before and before.path != wanted.path:
        raise PaasError(
            f"{wanted.name} is at {before.path} already.", hint="Choose another name, or leave the path out."
        )
    places.require_allowed(wanted.path)
    attaching.require_share(None, wanted.path)
    if not folders.is_there(wanted.path):
        folders.ensure(wanted.path, wanted.chown, wanted.mode)
    kept.keep_volume(before or wanted)


def home(name: str) -> str:
    """Where a volume is unless it is said."""
    return str(current().paths.storage / specs.name(name))


def users(name: str) -> list[str]:
    """The apps that a volume is attached to."""
    return sorted({app.name for app, each in kept.of_all() if each.source == name})


def require_unused(name: str) -> None:
    """Refuse to take a volume away that an app sees.

    Raises:
        PaasError: Which apps do.
    """
    if apps := users(name):
        raise PaasError(f"{name} is mounted by {', '.join(apps)}.", hint=f"First storage:unmount {apps[0]} {name}")


def destroy(volume: Volume, *, folder: bool) -> None:
    """Forget a volume that nobody uses, and remove its folder if that is wanted."""
    require_unused(volume.name)
    if folder:
        attaching.require_share(None, volume.path)
        _require_nobody_in(volume)
        folders.remove(volume.path)
    kept.forget_volume(volume.name)


def change(volume: Volume, key: str, value: str) -> Volume:
    """Change what a volume's folder is like: its owner, with all that lies in it, or its own mode.

    Raises:
        InvalidValue: The volume has no such thing, or not with that value.
    """
    if key in KUBERNETES:
        raise not_here(key)
    if key == "chown":
        changed = replace(volume, chown=owners.checked(value or owners.DEFAULT))
        folders.give(volume.path, changed.chown)
    elif key == "mode":
        changed = replace(volume, mode=specs.mode(value) if value else "")
        folders.set_mode(volume.path, changed.mode or folders.MODE)
    else:
        raise InvalidValue(f"A volume has no {key}.", hint="It has: chown, mode")
    kept.keep_volume(changed)
    return changed


def not_here(key: str) -> InvalidValue:
    return InvalidValue(f"{key} is for volumes of Kubernetes; here they are folders.", hint="Leave it out.")


def require_local(scheduler: str) -> None:
    """Refuse any scheduler but the one that has folders.

    Raises:
        InvalidValue: It is another.
    """
    if scheduler != "docker-local":
        raise InvalidValue(f"There are no volumes for {scheduler!r}, only for docker-local.")


def _require_nobody_in(volume: Volume) -> None:
    users = sorted({app.name for app, each in kept.of_all() if attaching.overlaps(each.path, volume.path)})
    if users:
        raise PaasError(f"{volume.path} is mounted by {', '.join(users)}.", hint="First unmount it there.")
