"""The images that an app's builds have left behind: what nobody needs goes, once the old processes are gone.

The images of an app that may still be there are kept as its property `built`, as pairs of id and builder. Whoever
built one removes it.
"""

from __future__ import annotations

from typing import Any

from paas import App, Image, Release, apps, hooks, hookspecs, locks, releases, state, tasks
from paas.deployment import drain_seconds, needed_images

from .settings import SETTINGS

NOUN = "builder"
CLEAN_UP = "clean up"


def note(app: App, image: Image) -> None:
    """Remember that an app has an image, and what built it."""
    kept = [entry for entry in _built(app) if entry != [image.id, image.builder]]
    state.change(NOUN, app.owner, {"built": [*kept, [image.id, image.builder]], "detected": image.builder})


def share(app: App, copy: App) -> None:
    """Remember that a copy runs the image of its original, which may go first."""
    if live := releases.live(app):
        state.change(NOUN, copy.owner, {"built": [[live.image.id, live.image.builder]]})


def plan(app: App, release: Release) -> None:
    """Have what a release leaves behind removed, once the processes before it have ended."""
    others = [id for id, _ in _built(app) if id != release.image.id]
    if others and not _is_skipped(app):
        # Anew, since the processes of the deploy before may still be there when its own task comes up.
        tasks.plan_anew(NOUN, CLEAN_UP, {"app_id": app.id}, drain_seconds(app))


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
        needed = needed_images(app)
        for entry in _built(app):
            if entry[0] not in needed:
                _discard(app, *entry)
                state.change(NOUN, app.owner, {"built": [kept for kept in _built(app) if kept != entry]})


def _discard(app: App, id: str, builder: str) -> None:
    if builder in hooks.plugins().holders("builder"):
        hooks.act_as(builder, hookspecs.discard_image, app, Image(id, builder))


def _is_skipped(app: App) -> bool:
    return SETTINGS.value(app, "skip-cleanup") == "true"


def _built(app: App) -> list[Any]:
    built: list[Any] = state.property(NOUN, app.owner, "built", [])
    return built
