"""Dockerfiles into images."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from paas import App, Image, PaasError, Source, hooks, hookspecs, output, releases
from paas_docker.api import BUILT_BY, Build, DockerError, build_options, engine, labels, ours, owned_by, registry_logins

from . import dockerfile
from .settings import SETTINGS

BUILDER = "builder-dockerfile"
BUILT = {BUILT_BY: BUILDER}
"""The label of what is ours to clean up."""


def build(app: App, source: Source) -> Image:
    """Build the app's Dockerfile; its output is shown as it comes.

    Raises:
        PaasError: There is no usable Dockerfile, or the build failed.
    """
    found = dockerfile.load(app, source)
    remove_orphans(app)
    output.step(f"Building {app.name} from Dockerfile")
    _say_what_is_not_seen(app)
    order = Build(
        folder=source.folder,
        tag=name(app, source),
        dockerfile=found.path,
        labels=labels(app) | BUILT,
        options=[*options(app), *build_options(app, source)],
        environment=hooks.gather(hookspecs.app_environment, app, source.revision),
        config=registry_logins(app),
    )
    try:
        built = engine().build(order, output.detail)
    except DockerError as error:
        hint = error.hint or "Its output above says why. Mend that and deploy again."
        raise PaasError(f"App build failed: {error.message}", hint=hint) from error
    except BaseException:
        remove_orphans(app)  # cancelled, maybe when it was all but done
        raise
    return Image(built.id, BUILDER, ports(built.ports, found.text))


def _say_what_is_not_seen(app: App) -> None:
    for mount in hooks.gather(hookspecs.container_mounts, app):
        if "build" in mount.phases:
            output.warn(
                f"{mount.source} is not at {mount.target}: no folder can be mounted into a build of a Dockerfile.",
                "RUN --mount=type=cache keeps files from build to build.",
            )


def remove_orphans(app: App) -> None:
    """Remove what a build left that was killed, while Docker went on with it: images that no release has."""
    released = {release.image.id for release in releases.all(app)}
    for image in engine().images(owned_by(app) | BUILT):
        if image.id not in released:
            engine().remove_image(image.id)


def discard(image: Image) -> None:
    """Remove an image, if it is one that was built here."""
    if any(built.id == image.id for built in engine().images(ours() | BUILT)):
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
