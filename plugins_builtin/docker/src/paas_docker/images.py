"""The images that belong to an app."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress

from paas import App, apps, locks, output, releases

from .api import APP_ID, BUILT_BY, DockerError, ImageInfo, engine, ours


def remove_all(app: App) -> None:
    """Remove every image of an app, built for it or run by it, but those that another app's release has too.

    A clone runs the image of its original, and may outlive it. An image that isn't of this system stays.
    """
    ran = {release.image.id for release in releases.all(app)}
    shared = {release.image.id for other in apps.all() if other.id != app.id for release in releases.all(other)}
    for image in engine().images(ours()):
        if image.id not in shared and (image.id in ran or image.labels.get(APP_ID) == str(app.id)):
            _remove(image.id)


def sweep() -> None:
    """Remove what killed deploys have left: images that were built and never came to a release, or to one that failed.

    Called by every tick. One that a container still has goes with a later one.
    """
    for app_id in sorted({_app_id(image) for image in _orphans()}):
        with locks.exclusive(f"app-{app_id}", wait=False) as idle:
            for image in _orphans() if idle else ():
                if _app_id(image) == app_id:
                    with suppress(DockerError):
                        engine().remove_image(image.id)


def orphans(built: Iterable[ImageInfo], released: Collection[str]) -> list[ImageInfo]:
    """The images that no release has that didn't fail."""
    return [image for image in built if image.id not in released]


def _orphans() -> list[ImageInfo]:
    return orphans(engine().images(ours() | {APP_ID: "", BUILT_BY: ""}), releases.images())


def _app_id(image: ImageInfo) -> int:
    return int(image.labels[APP_ID])


def _remove(id: str) -> None:
    try:
        engine().remove_image(id)
    except DockerError as error:
        output.warn(error.message, f"Remove it by hand once nothing needs it: docker image rm {id}")
