"""Choose what sends requests to an app, and say where it answers."""

from __future__ import annotations

from collections.abc import Sequence

from paas import App, hookimpl

ahead_of_build = ("paas_proxy.holder",)
ahead_of_start = ("paas_proxy.urls",)


@hookimpl
def chosen_holder(app: App, role: str) -> str | None:
    from . import holder

    return holder.of(app) if role == "proxy" else None


@hookimpl
def proxy_configure(app: App) -> None:
    """Send nothing: this plugin is chosen for apps whose proxy is disabled."""


@hookimpl
def proxy_clear_config(app: App) -> None:
    """Nothing was configured."""


@hookimpl
def app_urls(app: App) -> Sequence[str]:
    from . import urls

    return urls.of(app)


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from .settings import SETTINGS

    SETTINGS.copy(app, copy)
