"""The hooks of builds with buildpacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paas.hooks import hookspec

if TYPE_CHECKING:
    from paas import App
    from paas_docker.api import Container


@hookspec.answer
def buildpack_stack_name(app: App) -> str | None:
    """The image in which an app's buildpacks run; None for the one that the server has.

    Called before every build with buildpacks whose image isn't set with `builder-herokuish:set`.
    """


@hookspec.filter
def build_container(container: Container, app: App) -> Container:
    """Change the container in which an app's buildpacks run, or refuse what it is about to see.

    Called before each build with buildpacks; its mounts are those of `container_mounts` for the phase `build`.
    """
    return container
