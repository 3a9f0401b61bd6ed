"""The images of releases: which stay, and which are there."""

from __future__ import annotations

from paas import App, releases

from .settings import SETTINGS


def kept(app: App) -> list[str]:
    """The ids of the images that an app's last releases had: as many as are to be kept, each counted once."""
    return releases.images_that_lived(app)[: int(SETTINGS.value(app, "keep"))]


def present() -> set[str]:
    """The ids of the images that are on this server, of all apps."""
    from paas_docker.api import engine, ours

    return {image.id for image in engine().images(ours())}
