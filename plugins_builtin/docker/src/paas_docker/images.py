"""The images that belong to an app."""

from __future__ import annotations

from paas import App, apps

from .api import engine, labels


def remove_all(app: App) -> None:
    """Remove every image of an app but those that another app's release has too, as a clone's has."""
    shared = {release.image.id for other in apps.all() if other.id != app.id for release in apps.releases(other)}
    for image in engine().images(labels(app)):
        if image.id not in shared:
            engine().remove_image(image.id)
