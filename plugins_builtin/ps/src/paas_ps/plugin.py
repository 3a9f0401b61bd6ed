"""Which processes an app has, and how many of each run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from paas import App, Source, hookimpl

if TYPE_CHECKING:
    from paas_docker.api import Container


@hookimpl
def pre_receive(app: App, source: Source) -> None:
    from . import appjson, processes

    processes.of(app, source)
    appjson.formation(source.folder)


@hookimpl
def process_types(app: App, source: Source) -> Mapping[str, str]:
    from . import processes

    return processes.of(app, source)


@hookimpl
def pre_release(app: App, source: Source | None) -> None:
    from paas import state

    from . import appjson, scale

    if source:
        state.change(scale.NOUN, app.owner, {"formation": dict(appjson.formation(source.folder)) or None})


@hookimpl
def formation(app: App, processes: Sequence[str]) -> Mapping[str, int]:
    from . import scale

    return {type: count for type, count in scale.counts(app).items() if type in processes}


@hookimpl
def container_options(container: Container, app: App) -> Container:
    from . import containers

    return containers.adjusted(container, app)


@hookimpl
def post_stop(app: App) -> None:
    from .settings import SETTINGS

    SETTINGS.set(app, "restore", "false")


@hookimpl
def post_deploy(app: App) -> None:
    from .settings import SETTINGS

    SETTINGS.set(app, "restore", None)


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from . import scale
    from .settings import SETTINGS

    SETTINGS.copy(app, copy)
    scale.keep(copy, scale.counts(app))
