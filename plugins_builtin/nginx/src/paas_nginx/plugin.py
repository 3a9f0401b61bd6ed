"""Send requests to apps with nginx."""

from __future__ import annotations

from collections.abc import Sequence

from paas import App, Endpoint, Release, hookimpl


@hookimpl
def install() -> None:
    from . import serving

    serving.prepare()


@hookimpl
def proxy_configure(app: App, release: Release | None, endpoints: Sequence[Endpoint]) -> None:
    from . import serving

    serving.configure(app, release, endpoints)


@hookimpl
def proxy_clear_config(app: App) -> None:
    from . import serving

    serving.clear(app)


@hookimpl
def post_app_rename_setup(app: App, old_name: str) -> None:
    from . import logs, server

    if server.site(app) is not None:
        logs.move(old_name, app.name)


@hookimpl
def post_app_rename(app: App) -> None:
    from . import serving

    serving.renamed(app)


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from .settings import SETTINGS

    SETTINGS.copy(app, copy)


@hookimpl
def post_delete(app: App) -> None:
    from . import logs

    logs.remove(app)
