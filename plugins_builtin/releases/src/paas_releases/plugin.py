"""Keep the images of an app's last releases, and no more records of releases than anyone reads."""

from __future__ import annotations

from collections.abc import Sequence

from paas import App, hookimpl

ahead_of_start = ("paas_releases.history",)


@hookimpl
def needed_images(app: App) -> Sequence[str]:
    from . import images

    return images.kept(app)


@hookimpl
def post_deploy(app: App) -> None:
    from . import history

    history.shorten(app)


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from .settings import SETTINGS

    SETTINGS.copy(app, copy)
