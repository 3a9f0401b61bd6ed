"""Leave no image of an app behind."""

from __future__ import annotations

from paas import App, hookimpl

after = ("scheduler-docker",)  # its containers keep their images in use


@hookimpl
def post_delete(app: App) -> None:
    from . import images

    images.remove_all(app)
