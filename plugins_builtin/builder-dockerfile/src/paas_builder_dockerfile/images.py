"""Dockerfiles into images."""

from __future__ import annotations

import re
import shlex

from paas import App, Image, PaasError, Source, hooks, hookspecs, output
from paas_docker import hookspecs as docker_hookspecs
from paas_docker.api import Build, DockerError, ImageInfo, engine, labels

from . import dockerfile
from .settings import SETTINGS

BUILDER = "builder-dockerfile"


def build(app: App, source: Source) -> Image:
    """Build the app's Dockerfile; its output is shown as it comes.

    Raises:
        PaasError: There is no usable Dockerfile, or the build failed.
    """
    path = dockerfile.path(app, source)
    output.step(f"Building {app.name} from Dockerfile")
    environment = hooks.gather(hookspecs.app_environment, app, source.revision)
    order = Build(
        folder=source.folder,
        tag=f"paas/{app.name}:{re.sub('[^0-9a-zA-Z]', '', source.revision)[:40] or 'latest'}",
        dockerfile=path,
        labels=labels(app),
        options=[*options(app), *hooks.gather(docker_hookspecs.docker_args_build, app, source)],
        environment=environment,
    )
    try:
        built = engine().build(order, output.detail)
    except DockerError as error:
        raise PaasError(f"App build failed: {error.message}", hint=error.hint) from error
    return Image(built.id, BUILDER, ports(built, dockerfile.text(source.folder / path)))


def options(app: App) -> list[str]:
    """The app's settings as words for `docker build`."""
    args = [f"--build-arg={word}" for word in shlex.split(SETTINGS.value(app, "build-args"))]
    target = SETTINGS.value(app, "target")
    return [*args, f"--target={target}"] if target else args


def ports(built: ImageInfo, content: str) -> tuple[str, ...]:
    """What an image exposes, in the order of its Dockerfile where that tells."""
    written = [port for port in dockerfile.exposed(content) if port in built.ports]
    return tuple(dict.fromkeys([*written, *built.ports]))
