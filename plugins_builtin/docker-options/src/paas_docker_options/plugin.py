"""Give the builds and the containers of an app options of Docker's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from paas import App, Release, Slot, hookimpl

if TYPE_CHECKING:
    from paas_docker.api import Container

ahead_of_start = ("paas_docker_options.fields",)


@hookimpl(optionalhook=True)
def docker_args_build(app: App) -> Sequence[str]:
    from . import kept

    return kept.of(app).get("build", [])


@hookimpl(optionalhook=True)
def build_container(container: Container, app: App) -> Container:
    from . import fields, kept

    words = [word for word in kept.of(app).get("build", []) if fields.is_of_a_container(word)]
    return fields.applied(container, words)


@hookimpl(optionalhook=True)
def container_options(container: Container, app: App, slot: Slot, release: Release) -> Container:
    from . import fields, kept

    return fields.applied(container, kept.of_container(app, slot.type, is_process=slot.type in release.processes))


@hookimpl
def release_parts(app: App) -> Mapping[str, Any]:
    from . import kept

    return {"docker-options": kept.of(app)}


@hookimpl
def restore_parts(app: App, parts: Mapping[str, Any]) -> None:
    from . import changing

    if "docker-options" in parts:
        changing.restore(app, parts["docker-options"])


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from . import changing

    changing.duplicate(app, copy)
