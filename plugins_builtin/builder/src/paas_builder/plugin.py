"""Choose what builds an app and which folder of its source, and clean up after builds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paas import App, Image, Release, Source, hookimpl

if TYPE_CHECKING:
    from paas.tasks import Task

ahead_of_build = ("paas_builder.folder",)
ahead_of_start = ("paas_builder.cleanup",)


@hookimpl
def chosen_holder(app: App, role: str) -> str | None:
    if role != "builder":
        return None
    from .settings import SETTINGS

    return SETTINGS.value(app, "selected") or None


@hookimpl
def post_extract(source: Source, app: App) -> Source:
    from . import folder

    return folder.chosen(source, app)


@hookimpl
def post_build(app: App, image: Image) -> None:
    from . import cleanup

    cleanup.note(app, image)


@hookimpl
def post_deploy(app: App, release: Release) -> None:
    from . import cleanup

    cleanup.plan(app, release)


@hookimpl
def perform(task: Task) -> None:
    from . import cleanup

    cleanup.perform(task.payload["app_id"])


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from . import cleanup
    from .settings import SETTINGS

    SETTINGS.copy(app, copy)
    cleanup.share(app, copy)
