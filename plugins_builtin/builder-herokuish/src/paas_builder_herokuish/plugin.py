"""Build an app with buildpacks."""

from __future__ import annotations

from collections.abc import Sequence

from paas import App, Image, Source, hookimpl

after = ("builder-dockerfile",)
ahead_of_build = ("paas_builder_herokuish.images",)


@hookimpl
def builder_detect(app: App) -> Sequence[str]:
    from . import detection

    return ["builder-herokuish"] if detection.is_allowed(app) else []


@hookimpl
def build(app: App, source: Source) -> Image:
    from . import images

    return images.build(app, source)


@hookimpl
def discard_image(image: Image) -> None:
    from . import images

    images.discard(image)


@hookimpl(optionalhook=True)
def purge_cache(app: App) -> None:
    from . import cache

    cache.purge(app)


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from .settings import SETTINGS

    SETTINGS.copy(app, copy)
