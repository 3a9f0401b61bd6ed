"""Choose the buildpacks of an app, and the image in which they run."""

from __future__ import annotations

from collections.abc import Sequence

from paas import App, Source, hookimpl

after = ("builder",)  # which chooses the folder that .buildpacks is written to
before = ("builder-dockerfile",)  # whoever names buildpacks means them, also beside a Dockerfile
ahead_of_build = ("paas_buildpacks.choice",)


@hookimpl
def post_extract(source: Source, app: App) -> Source:
    from . import choice

    choice.write(app, source)
    return source


@hookimpl
def builder_detect(app: App, source: Source) -> Sequence[str]:
    from . import choice

    return choice.builders(app, source)


@hookimpl(optionalhook=True)
def buildpack_stack_name(app: App) -> str | None:
    from .settings import SETTINGS

    return SETTINGS.value(app, "stack") or None


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from . import kept
    from .settings import SETTINGS

    SETTINGS.copy(app, copy)
    kept.keep(copy, kept.of(app))
