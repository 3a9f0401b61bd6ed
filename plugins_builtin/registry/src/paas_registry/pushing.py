"""Push what is released, before it is started: what can't be pushed doesn't go live."""

from __future__ import annotations

from typing import Any

from paas import App, PaasError, Release, output, state
from paas_docker.api import DockerError, engine

from . import credentials, settings
from .settings import NOUN, SETTINGS


def push(app: App, release: Release) -> None:
    """Push the image of a release under its number, and under the further tags that are set.

    An image that is there already, such as that of a restart, is not pushed again: a restart needs no registry.

    Raises:
        PaasError: The registry doesn't take it.
    """
    if SETTINGS.value(app, "push-on-release") != "true" or not release.image.id:
        return
    repository = settings.destination(app)
    if pushed(app).get("image") == release.image.id and pushed(app).get("repository") == repository:
        return
    extra = SETTINGS.value(app, "push-extra-tags")
    folder = credentials.folder_for(app, SETTINGS.value(app, "server"))
    for tag in dict.fromkeys([str(release.number), *filter(None, extra.split(","))]):
        name = f"{repository}:{tag}"
        output.step(f"Pushing {name}")
        try:
            engine().tag(release.image.id, name)
            engine().push(name, output.detail, folder)
        except DockerError as error:
            hint = f"See registry:report {app.name} and registry:login {app.name}"
            raise PaasError(f"{name} could not be pushed: {error.message}", hint=hint) from error
    done = {"image": release.image.id, "repository": repository, "tag": release.number}
    state.change(NOUN, app.owner, {"pushed": done})


def pushed(app: App) -> dict[str, Any]:
    """What was pushed last: the image's id, its repository and its number."""
    found: dict[str, Any] = state.property(NOUN, app.owner, "pushed", {})
    return found
