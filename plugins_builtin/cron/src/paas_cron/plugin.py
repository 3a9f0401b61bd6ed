"""Run commands of an app at the times that its app.json names."""

from __future__ import annotations

from paas import App, Source, hookimpl

ahead_of_build = ("paas_cron.entries",)


@hookimpl
def pre_receive(app: App, source: Source) -> None:
    from . import entries

    entries.check(app, source)


@hookimpl
def tick(now: float) -> None:
    from . import due

    due.tick(now)


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from . import settings

    settings.duplicate(app, copy)
