"""Leave no image of an app behind."""

from __future__ import annotations

from paas import App, hookimpl


@hookimpl
def post_delete(app: App) -> None:
    from . import images

    images.remove_all(app)
