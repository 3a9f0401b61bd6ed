"""The image in which an app's buildpacks run."""

from __future__ import annotations

from paas import App, PaasError, hooks, output
from paas_docker.api import DockerError, ImageInfo, engine
from paas_stack import api as stack

from . import hookspecs
from .settings import SETTINGS

PUBLISHED = "gliderlabs/herokuish:latest-24"


def of(app: App) -> ImageInfo:
    """The image in which an app's buildpacks run: the one that is set, else this server's stack, else herokuish's.

    Raises:
        PaasError: There is none and none can be had.
    """
    if name := wanted(app):
        try:
            return _had(name)
        except PaasError as error:
            raise PaasError(
                f"The image {name}, in which the buildpacks of {app.name} are to run, can't be had: {error.message}",
                hint=f"See builder-herokuish:report {app.name} and buildpacks:report {app.name} for who chose it.",
            ) from error
    if found := stack.current() or stack.older():
        return found
    try:
        return _had(PUBLISHED)
    except PaasError as error:
        raise PaasError(
            f"There is no image in which buildpacks could run: {error.message}", hint="Make one with paas stack:build"
        ) from error


def wanted(app: App) -> str:
    """The name of the image that someone has chosen, empty if nobody has."""
    return SETTINGS.value(app, "image") or hooks.ask(hookspecs.buildpack_stack_name, app) or ""


def _had(name: str) -> ImageInfo:
    try:
        return engine().image(name)
    except DockerError:
        output.step(f"Pulling {name}")
        return engine().pull(name, output.detail)
