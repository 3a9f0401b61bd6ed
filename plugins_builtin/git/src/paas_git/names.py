"""The app that a git client names by a path."""

from __future__ import annotations

from typing import Annotated

import typer

from paas.apps import checked_name
from paas.params import names_app


@names_app
def repository_name(path: str) -> str:
    """`shop`, `/shop`, `shop.git` and what git puts in quotes around them are the app shop."""
    return checked_name(path.strip("'").removeprefix("/").removesuffix("/").removesuffix(".git"))


Repository = Annotated[str, typer.Argument(metavar="APP", parser=repository_name, help="The app, as git's path.")]
