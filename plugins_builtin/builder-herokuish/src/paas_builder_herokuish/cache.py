"""What the buildpacks of an app keep from build to build: a folder that each build sees."""

from __future__ import annotations

from pathlib import Path

from paas import App, privileged, state
from paas.context import current

NOUN = "builder-herokuish"


def folder(app: App, image: str) -> Path:
    """The folder, which is empty if the build before ran in another image: what fits one may break in another.

    Args:
        image: The name of the image that was chosen, empty for the server's own.
    """
    if state.property(NOUN, app.owner, "cache-image", "") != image:
        purge(app)
        state.change(NOUN, app.owner, {"cache-image": image or None})
    place = _place(app)
    place.mkdir(parents=True, exist_ok=True)
    return place


def purge(app: App) -> None:
    """Remove it. The app's deploy lock is to be held."""
    if _place(app).exists():
        privileged.run("remove", str(_place(app)))  # it is the container's account that owns it


def _place(app: App) -> Path:
    return current().paths.app(app.name) / "cache"
