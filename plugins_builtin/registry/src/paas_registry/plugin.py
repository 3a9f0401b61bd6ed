"""Log in to registries of images, and push what is released."""

from __future__ import annotations

from pathlib import Path

from paas import App, Release, hookimpl


@hookimpl
def release(app: App, release: Release) -> None:
    from . import pushing

    pushing.push(app, release)


@hookimpl
def registry_logins(app: App) -> Path | None:
    from . import credentials

    return credentials.for_builds(app)


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from . import credentials, settings

    settings.duplicate(app, copy)
    credentials.duplicate(app, copy)
