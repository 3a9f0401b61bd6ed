"""Choose what sends requests to an app, and say where it answers."""

from __future__ import annotations

from collections.abc import Sequence

from paas import App, hookimpl


@hookimpl
def chosen_holder(app: App, role: str) -> str | None:
    from .settings import SETTINGS

    return SETTINGS.value(app, "type") or None if role == "proxy" else None


@hookimpl
def app_urls(app: App) -> Sequence[str]:
    from . import urls

    return urls.of(app)


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from .settings import SETTINGS

    SETTINGS.copy(app, copy)
