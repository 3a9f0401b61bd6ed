"""The images that an app's builds have left behind: all but what runs goes, once the old processes are gone.

The images of an app that may still be there are kept as its property `built`, as pairs of id and builder. Whoever
built one removes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from paas import App, Image, Release, apps, hooks, hookspecs, locks, state, tasks
from paas.deployment import drain_seconds

from .settings import SETTINGS

NOUN = "builder"
CLEAN_UP = "clean up"


def note(app: App, image: Image) -> None:
    """Remember that an app has an image, and what built it."""
    kept = [entry for entry in _built(app) if entry != [image.id, image.builder]]
    state.change(NOUN, app.owner, {"built": [*kept, [image.id, image.builder]], "detected": image.builder})


def share(app: App, copy: App) -> None:
    """Remember that a copy runs the image of its original, which may go first."""
    if live := apps.live_release(app):
        state.change(NOUN, copy.owner, {"built": [[live.image.id, live.image.builder]]})


def plan(app: App, release: Release) -> None:
    """Have what a release leaves behind removed, once the processes before it have ended."""
    waiting = [task.payload["app_id"] for task in tasks.planned(NOUN)]
    others = [id for id, _ in _built(app) if id != release.image.id]
    if others and app.id not in waiting and not _is_skipped(app):
        tasks.plan(NOUN, CLEAN_UP, {"app_id": app.id}, drain_seconds(app))


def perform(app_id: int) -> None:
    """Remove the images of an app that no release needs any more.

    Raises:
        Locked: The app is being deployed, maybe with an image that is built a second time.
        PaasError: One couldn't be removed; those before it are gone.
    """
    app = apps.by_id(app_id)
    if not app or _is_skipped(app):
        return
    with locks.deploying(app.id, app.name, CLEAN_UP, wait=False):
        built = _built(app)
        releases = [release for some in apps.all() for release in apps.releases(some)]
        removable = disposable((id for id, _ in built), releases, app)
        for entry in built:
            if entry[0] in removable:
                _discard(app, *entry)
                state.change(NOUN, app.owner, {"built": [kept for kept in _built(app) if kept != entry]})


def disposable(images: Iterable[str], releases: Iterable[Release], app: App) -> set[str]:
    """Those of an app's images that nothing runs or is about to run.

    Args:
        releases: Of all apps, since a clone runs its original's image.
        app: No other deploy of it is going on, so that what it has pending was left by a killed one.
    """
    needed = {r.image.id for r in releases if r.status == "live" or (r.status == "pending" and r.app_id != app.id)}
    return set(images) - needed


def _discard(app: App, id: str, builder: str) -> None:
    if builder in hooks.plugins().holders("builder"):
        hooks.act_as(builder, hookspecs.discard_image, app, Image(id, builder))


def _is_skipped(app: App) -> bool:
    return SETTINGS.value(app, "skip-cleanup") == "true"


def _built(app: App) -> list[Any]:
    built: list[Any] = state.property(NOUN, app.owner, "built", [])
    return built
