"""Build an app from its Dockerfile."""

from __future__ import annotations

from collections.abc import Sequence

from paas import App, Image, Source, hookimpl

ahead_of_build = ("paas_builder_dockerfile.images",)


@hookimpl
def builder_detect(app: App, source: Source) -> Sequence[str]:
    from . import dockerfile

    return ["builder-dockerfile"] if dockerfile.is_meant(app, source) else []


@hookimpl
def build(app: App, source: Source) -> Image:
    from . import images

    return images.build(app, source)


@hookimpl
def discard_image(image: Image) -> None:
    from . import images

    images.discard(image)


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from .settings import SETTINGS

    SETTINGS.copy(app, copy)
