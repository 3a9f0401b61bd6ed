"""Give an app's processes the variables that config:set keeps."""

from __future__ import annotations

from collections.abc import Mapping

from paas import App, hookimpl


@hookimpl
def app_environment(app: App) -> Mapping[str, str]:
    from . import store

    return store.environment(app, merged=True)


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from . import store

    store.duplicate(app, copy)
