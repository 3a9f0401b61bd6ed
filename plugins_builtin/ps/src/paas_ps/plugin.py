"""Which processes an app has, and how many of each run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from paas import App, Release, Slot, Source, hookimpl

if TYPE_CHECKING:
    from paas_docker.api import Container

ahead_of_build = ("paas_ps.appjson", "paas_ps.scale")
ahead_of_start = ("paas_ps.container", "paas_ps.restore")


@hookimpl
def pre_receive(app: App, source: Source) -> None:
    from paas.releases import ROUTED

    from . import appjson, procfile, scale

    asked = appjson.formation(app, source)
    scale.runs_once(asked)
    appjson.check(asked, procfile.read(app, source) or (ROUTED,))


@hookimpl
def process_types(app: App, source: Source) -> Mapping[str, str]:
    from . import procfile

    return procfile.read(app, source)


@hookimpl
def pre_release(app: App, source: Source | None) -> None:
    from . import appjson, scale

    if source:
        scale.ask(app, appjson.formation(app, source))


@hookimpl
def formation(app: App, processes: Sequence[str]) -> Mapping[str, int]:
    from paas_app_json.api import RELEASE

    from . import scale

    return {type: count for type, count in scale.counts(app).items() if type in processes and type != RELEASE}


@hookimpl
def release_parts(app: App) -> Mapping[str, Any]:
    from . import scale

    return {"formation": scale.kept(app)}


@hookimpl
def restore_parts(app: App, parts: Mapping[str, Any]) -> None:
    from . import scale

    if "formation" in parts:
        scale.restore(app, parts["formation"])


@hookimpl
def skip_deploy(app: App) -> bool | None:
    from .settings import SETTINGS

    return SETTINGS.value(app, "skip-deploy") == "true" or None


@hookimpl(optionalhook=True)
def container_options(container: Container, app: App, slot: Slot, release: Release) -> Container:
    from . import container as containers

    return containers.adjusted(container, app, slot, release)


@hookimpl
def post_deploy(app: App, release: Release) -> None:
    from . import restore, scale

    restore.stopped(app, by_user=False)
    restore.note_start(app)
    scale.say_when_nothing_runs(app, release)


@hookimpl
def deploy_source_set(app: App) -> None:
    from . import scale

    scale.keep_what_was_asked(app)


@hookimpl
def post_scale(app: App, formation: Mapping[str, int]) -> None:
    from . import scale

    scale.keep(app, formation)


@hookimpl
def tick() -> None:
    from . import restore

    restore.after_a_start()


@hookimpl
def post_stop(app: App) -> None:
    from . import restore

    restore.stopped(app, by_user=True)


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from . import scale
    from .settings import SETTINGS

    SETTINGS.copy(app, copy)
    scale.copy(app, copy)
