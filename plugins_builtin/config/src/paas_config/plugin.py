"""Give an app's processes the variables that config:set keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paas import App, hookimpl

ahead_of_build = ("paas_config.store",)


@hookimpl
def app_environment(app: App) -> Mapping[str, str]:
    from . import store

    return store.environment(app, merged=True)


@hookimpl
def release_parts(app: App) -> Mapping[str, Any]:
    from . import store

    return {"config": store.of_people(app)}


@hookimpl
def restore_parts(app: App, parts: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    from . import store

    if "config" in parts:
        store.restore(app, parts["config"], before.get("config", {}))


@hookimpl
def post_restore_parts(app: App, parts: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    from . import change

    if "config" in parts:
        change.restored(app, parts["config"], before.get("config", {}))


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from . import store

    store.duplicate(app, copy)
