"""Limit how much Docker keeps of what an app's processes print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paas import App, hookimpl

if TYPE_CHECKING:
    from paas_docker.api import Container

ahead_of_start = ("paas_logs.container",)


@hookimpl(optionalhook=True)
def container_options(container: Container, app: App) -> Container:
    from . import container as containers

    return containers.sized(container, app)


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from .settings import SETTINGS

    SETTINGS.copy(app, copy)
