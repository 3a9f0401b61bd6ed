"""Dockerfiles into images."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from paas import App, Image, PaasError, Source, apps, hooks, hookspecs, output
from paas_docker.api import Build, DockerError, build_options, engine, labels, owned_by

from . import dockerfile
from .settings import SETTINGS

BUILDER = "builder-dockerfile"
BUILT = {"paas.builder": BUILDER}
"""The label of what is ours to clean up."""


def build(app: App, source: Source) -> Image:
    """Build the app's Dockerfile; its output is shown as it comes.

    Raises:
        PaasError: There is no usable Dockerfile, or the build failed.
    """
    found = dockerfile.load(app, source)
    remove_orphans(app)
    output.step(f"Building {app.name} from Dockerfile")
    order = Build(
        folder=source.folder,
        tag=name(app, source),
        dockerfile=found.path,
        labels=labels(app) | BUILT,
        options=[*options(app), *build_options(app, source)],
        environment=hooks.gather(hookspecs.app_environment, app, source.revision),
    )
    try:
        built = engine().build(order, output.detail)
    except DockerError as error:
        raise PaasError(f"App build failed: {error.message}", hint=error.hint) from error
    return Image(built.id, BUILDER, ports(built.ports, found.text))


def remove_orphans(app: App) -> None:
    """Remove what a build left that was killed, while Docker went on with it: images that no release has."""
    released = {release.image.id for release in apps.releases(app)}
    for image in engine().images(owned_by(app) | BUILT):
        if image.id not in released:
            engine().remove_image(image.id)


def name(app: App, source: Source) -> str:
    """A name for the image of a source, by which people know it; paas itself goes by its id."""
    # Docker allows one dot between letters and digits, or hyphens, but not both.
    repository = re.sub(r"[.-]{2,}", lambda between: "-" if "." in between[0] else between[0], app.name)
    tag = re.sub("[^0-9A-Za-z]", "", source.revision)[:40]
    return f"paas/{repository}:{tag or 'latest'}"


def options(app: App) -> list[str]:
    """The app's settings as words for `docker build`."""
    args = [f"--build-arg={word}" for word in shlex.split(SETTINGS.value(app, "build-args"))]
    target = SETTINGS.value(app, "target")
    return [*args, f"--target={target}"] if target else args


def ports(exposed: Sequence[str], text: str) -> tuple[str, ...]:
    """What an image exposes, in the order of its Dockerfile as far as that tells."""
    written = [port for port in dockerfile.exposed(text) if port in exposed]
    return tuple(dict.fromkeys([*written, *exposed]))
