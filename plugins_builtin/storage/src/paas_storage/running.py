"""A program in a container that sees a volume and nothing else."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from paas import InvalidValue, PaasError, output, process
from paas.context import current
from paas_docker.api import DockerError, NotFound, engine, ours

from . import folders, places
from .kept import Volume

INSIDE = "/storage"
"""Where the volume is in the container, and where the program starts."""


def run(volume: Volume, image: str, command: Sequence[str], user: str | None) -> None:
    """Become the docker client with a container that sees a volume, and goes when its program has ended."""
    places.require_allowed(volume.path)
    if not folders.is_there(volume.path):
        folders.ensure(volume.path, volume.chown, volume.mode)
    words = argv(volume, image, command, user, tty=sys.stdin.isatty())
    _require(image)
    process.become(words)


def _require(image: str) -> None:
    """Have an image on the server; what is said of it goes to stderr, since stdout is the program's.

    Raises:
        PaasError: It can't be had.
    """
    try:
        engine().image(image)
    except NotFound:
        output.step(f"Pulling {image}", error=True)
        try:
            engine().pull(image, lambda line: None)
        except DockerError as error:
            raise PaasError(
                f"The image {image} can't be had: {error.message}", hint="Name one that this server has with --image."
            ) from error


def argv(volume: Volume, image: str, command: Sequence[str], user: str | None, *, tty: bool) -> list[str | Path]:
    """The words for the docker client.

    Raises:
        InvalidValue: The image or the user would be taken for an option.
    """
    for word in filter(None, (image, user)):
        if word.startswith("-"):
            raise InvalidValue(f"{word!r} is neither an image nor a user.")
    paths = current().paths
    host = ["--host", f"unix://{paths.docker_socket}"] if paths.docker_socket else []
    chosen = ["--user", user] if user else []
    volumes = ["--volume", f"{volume.path}:{INSIDE}", "--workdir", INSIDE]
    label = [f"--label={key}={value}" for key, value in ours().items()]
    terminal = ["--tty"] if tty else []
    run = ["docker", *host, "run", "--rm", "--interactive", *terminal, "--network=none", *label]
    return [*run, *chosen, *volumes, "--", image, *command]
