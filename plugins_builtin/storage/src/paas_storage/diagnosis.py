"""What is wrong with the folders that containers see."""

from __future__ import annotations

from collections.abc import Iterator

from paas import App, PaasError, apps, releases
from paas.upkeep import Finding

from . import kept, places


def diagnose() -> Iterator[Finding]:
    for app in apps.all():
        release = releases.live(app)
        mounts = kept.of_release(release) if release and releases.processes(app) else ()
        for path in dict.fromkeys(mount.source for mount in mounts if "deploy" in mount.phases):
            yield from _of(app, path)
    for volume in kept.volumes():
        if _is_missing(volume.path):
            yield Finding(
                f"volume {volume.name}", f"{volume.path} is missing.", f"storage:create {volume.name} makes it."
            )


def _of(app: App, path: str) -> Iterator[Finding]:
    try:
        places.require_allowed(path)
        missing = _is_missing(path)
    except PaasError as error:
        yield Finding(app.name, error.message, error.hint or "Unmount it, then restart the app.")
        return
    if missing:
        yield Finding(
            app.name,
            f"{path}, which its processes see, is missing.",
            f"If it can be had back, put it there; then ps:restart {app.name}.",
        )


def _is_missing(path: str) -> bool:
    try:
        return not places.exists(path)
    except PermissionError:  # a folder that only its app may look into
        return False
