"""Choose what runs an app's processes."""

from __future__ import annotations

from paas import App, hookimpl


@hookimpl
def chosen_holder(app: App, role: str) -> str | None:
    from .settings import SETTINGS

    return SETTINGS.value(app, "selected") or None if role == "scheduler" else None


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from .settings import SETTINGS

    SETTINGS.copy(app, copy)
