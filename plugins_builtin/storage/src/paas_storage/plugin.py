"""Give an app's containers folders that outlive them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from paas import App, Mount, Release, hookimpl

if TYPE_CHECKING:
    from paas.upkeep import Finding
    from paas_docker.api import Container

ahead_of_build = ("paas_storage.kept",)
ahead_of_start = ("paas_storage.folders",)


@hookimpl
def container_mounts(app: App) -> Sequence[Mount]:
    from . import kept

    return [each.mount() for each in kept.of(app)]


@hookimpl(optionalhook=True)
def container_options(container: Container, app: App, release: Release) -> Container:
    from . import folders, kept

    ours = kept.of_release(release)
    folders.prepare(app, [mount for mount in container.mounts if mount in ours])
    return container


@hookimpl(optionalhook=True)
def build_container(container: Container, app: App) -> Container:
    from . import folders, kept

    ours = [each.mount() for each in kept.of(app)]
    folders.prepare(app, [mount for mount in container.mounts if mount in ours])
    return container


@hookimpl
def release_parts(app: App) -> Mapping[str, Any]:
    from . import kept

    return {"mounts": kept.values(kept.of(app))}


@hookimpl
def restore_parts(app: App, parts: Mapping[str, Any]) -> None:
    from . import attaching, kept

    if "mounts" in parts:
        attaching.restore(app, kept.parse(parts["mounts"]))


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from paas import output

    from . import kept

    kept.keep(copy, kept.of(app))
    for path in dict.fromkeys(each.path for each in kept.of(copy)):
        output.warn(f"{copy.name} sees {path} as {app.name} does; storage:unmount takes it away.")


@hookimpl
def diagnose() -> Sequence[Finding]:
    from . import diagnosis

    return list(diagnosis.diagnose())
