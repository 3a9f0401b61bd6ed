"""Choose what builds an app, and which folder of its source."""

from __future__ import annotations

from paas import App, Image, Source, hookimpl


@hookimpl
def chosen_holder(app: App, role: str) -> str | None:
    from .settings import SETTINGS

    return SETTINGS.value(app, "selected") or None if role == "builder" else None


@hookimpl
def post_extract(source: Source, app: App) -> Source:
    from . import folder

    return folder.chosen(source, app)


@hookimpl
def post_build(app: App, image: Image) -> None:
    from paas import state

    state.change("builder", app.owner, {"detected": image.builder})


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from .settings import SETTINGS

    SETTINGS.copy(app, copy)
