"""Limit what the processes of an app take of the server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from paas import App, Release, Slot, hookimpl

if TYPE_CHECKING:
    from paas_docker.api import Container

ahead_of_start = ("paas_resource.container",)


@hookimpl(optionalhook=True)
def container_options(container: Container, app: App, slot: Slot, release: Release) -> Container:
    from . import container as containers

    is_command = slot.type not in release.processes  # which may need more than what serves
    return container if is_command else containers.limited(container, app, slot.type)


@hookimpl(optionalhook=True)
def build_container(container: Container, app: App) -> Container:
    from . import container as containers

    return containers.limited_build(container, app)


@hookimpl(optionalhook=True)
def docker_args_build(app: App) -> Sequence[str]:
    from . import container

    return container.build_words(app)


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from . import kept

    kept.copy(app, copy)
