"""Images of apps that no release needs and nothing runs."""

from __future__ import annotations

from functools import partial
from itertools import groupby

from paas import App, apps, locks
from paas.deployment import needed_images
from paas.upkeep import Leftover

from .api import APP_ID, ImageInfo, engine, ours, owned_by


def leftovers(app: App | None) -> list[Leftover]:
    """The images of an app, or of all of them, that can go."""
    images = sorted(engine().images(owned_by(app) if app else ours() | {APP_ID: ""}), key=_owner)
    return [
        Leftover("image", _name(image), image.size, partial(remove, image))
        for app_id, of_one in groupby(images, key=_owner)
        for image in unused(int(app_id), list(of_one))
    ]


def unused(app_id: int, images: list[ImageInfo]) -> list[ImageInfo]:
    """Those of an app's images that can go; none while a deploy of it goes on, which may need any of them."""
    with locks.exclusive(f"app-{app_id}", wait=False) as idle:
        if not idle:
            return []
        needed = needed_images(apps.by_id(app_id) or App(app_id, "", 0))
    running = {container.image for container in engine().containers(ours()) if container.is_running}
    return [image for image in images if image.id not in needed | running]


def remove(image: ImageInfo) -> None:
    """Remove an image unless it has come into use.

    Raises:
        DockerError: A container has it.
    """
    if unused(int(_owner(image)), [image]):
        engine().remove_image(image.id)


def _owner(image: ImageInfo) -> str:
    return image.labels[APP_ID]


def _name(image: ImageInfo) -> str:
    return image.tags[0] if image.tags else image.id.removeprefix("sha256:")[:12]
