"""Keep a record of each deploy that has begun."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paas import App, hookimpl

if TYPE_CHECKING:
    from paas.builds import Build

ahead_of_build = ("paas_builds.records",)
ahead_of_start = ("paas_builds.cancelling", "paas_builds.pruning")


@hookimpl
def builds_record_start(app: App, build: Build) -> None:
    from . import records

    records.begin(app, build)


@hookimpl
def builds_record_finalize(app: App, build: Build, status: str) -> None:
    from . import cancelling, pruning, records

    cancelling.say_who(build.id, status)
    records.end(build.id, status)
    pruning.prune(app)


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from .settings import SETTINGS

    SETTINGS.copy(app, copy)
