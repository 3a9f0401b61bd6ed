"""The name of a container as a parameter: whoever may not touch its app may not touch it."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from paas import InvalidValue
from paas.apps import checked_name
from paas.params import names_app

NAME = re.compile(r"(?P<app>.+)\.[a-z][a-z0-9-]*\.\d{1,5}")


def app_of(container: str) -> str:
    """The app of a container of that name."""
    found = NAME.fullmatch(container)
    return found["app"] if found else container


def container_name(name: str) -> str:
    """A name that the container of a command may have.

    Raises:
        InvalidValue: It may not.
    """
    if not (found := NAME.fullmatch(name)):
        raise InvalidValue(f"{name[:80]!r} is not the name of such a container.", hint="Use one that run:list shows.")
    checked_name(found["app"])
    return name


ContainerName = Annotated[
    str | None,
    typer.Option(
        "--container",
        metavar="APP.run.N",
        parser=names_app(container_name, app_of),
        help="One container, as run:list names it.",
    ),
]
