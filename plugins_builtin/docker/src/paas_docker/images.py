"""The images that belong to an app."""

from __future__ import annotations

from paas import App, apps, output

from .api import APP_ID, DockerError, engine, ours


def remove_all(app: App) -> None:
    """Remove every image of an app, built for it or run by it, but those that another app's release has too.

    A clone runs the image of its original, and may outlive it. An image that isn't of this system stays.
    """
    ran = {release.image.id for release in apps.releases(app)}
    shared = {release.image.id for other in apps.all() if other.id != app.id for release in apps.releases(other)}
    for image in engine().images(ours()):
        if image.id not in shared and (image.id in ran or image.labels.get(APP_ID) == str(app.id)):
            _remove(image.id)


def _remove(id: str) -> None:
    try:
        engine().remove_image(id)
    except DockerError as error:
        output.warn(error.message, f"Remove it by hand once nothing needs it: docker image rm {id}")
