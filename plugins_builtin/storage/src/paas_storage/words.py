"""The words of the storage: commands: their types, and what several of them mean together."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from paas import InvalidValue, UsageError, releases
from paas.context import current

from . import owners, places, specs


class Text(StrEnum):
    text = "text"
    json = "json"


class Phase(StrEnum):
    build = "build"
    deploy = "deploy"
    run = "run"


Name = Annotated[str, typer.Argument(metavar="NAME", parser=specs.name, help="Name of the volume.")]
Where = Annotated[
    str, typer.Argument(metavar="HOST:CONTAINER[:OPTIONS]|NAME", help="Such as /srv/a:/app/a:ro, or a volume.")
]
Inside = Annotated[
    str | None, typer.Option("--container-dir", parser=specs.target, help="Where a volume is in the containers.")
]
Chown = Annotated[
    str | None,
    typer.Option("--chown", parser=owners.checked, help="herokuish (32767), heroku, paketo, root, a UID, or false."),
]
TextFormat = Annotated[Text, typer.Option("--format", help="How to print it.")]
Scheduler = Annotated[str, typer.Option("--scheduler", help="Always docker-local.")]
Refused = Annotated[str | None, typer.Option(help="For Kubernetes; refused.")]
RefusedList = Annotated[list[str] | None, typer.Option(help="For Kubernetes; refused.")]


def three(words: list[str]) -> tuple[str, str, str]:
    if len(words) not in (2, 3):
        raise UsageError(
            "Give a volume or --global, a key, and the value if there is one.", hint="See storage:set --help"
        )
    return words[0], words[1], words[2] if len(words) > 2 else ""


def spec(where: str, container_dir: str | None) -> specs.Spec:
    """What was asked for, in either of its two forms.

    Raises:
        UsageError: It is a mixture of both.
    """
    if ":" in where:
        if container_dir:
            raise UsageError("--container-dir is for a volume's name; HOST:CONTAINER says it already.")
        return specs.parse(where)
    if not container_dir:
        raise UsageError(
            f"Where should containers see {where}?", hint="Write HOST:CONTAINER, or add --container-dir /PATH"
        )
    return specs.Spec(specs.source(where), container_dir)


def options(*given: str | None) -> str:
    """All options that were given, in one place or another."""
    found = ",".join(filter(None, given))
    return specs.options(found) if found else ""


def process_type(word: str) -> str:
    if not releases.PROCESS_TYPE.fullmatch(word):
        raise InvalidValue(f"{word!r} is not the name of a process type.")
    return word


def folder(directory: str) -> str:
    """The path of a folder that is named by its place below storage/, or as a whole."""
    whole = directory if directory.startswith("/") else f"{current().paths.storage}/{directory}"
    return places.translated(specs.source(whole))
