"""Read the app.json of a source, keep it with each release, and run its scripts."""

from __future__ import annotations

from paas import App, Release, Source, hookimpl

ahead_of_build = ("paas_app_json.scripts", "paas_app_json.api")


@hookimpl
def pre_receive(app: App, source: Source) -> None:
    from . import manifest, scripts

    manifest.warn_if_missing(app, source)
    scripts.check(manifest.of_source(app, source))


@hookimpl
def pre_release(app: App, source: Source | None) -> None:
    from . import kept, manifest

    kept.bring(app, manifest.of_source(app, source) if source else None)


@hookimpl
def release(app: App, release: Release) -> None:
    from . import kept, scripts

    kept.keep(app, release)
    scripts.before(app, release)


@hookimpl
def pre_promote(app: App, release: Release) -> None:
    from . import scripts

    scripts.after(app, release)


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from .settings import SETTINGS

    SETTINGS.copy(app, copy)
