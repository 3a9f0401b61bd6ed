"""Parameters that many commands share.

A parameter that names an app has a parser marked with `names_app`: it checks the name at the edge, and the
dispatcher asks the `authorize` hook about every app that such a parameter names.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

import typer

from .apps import checked_name
from .state import GLOBAL

GLOBAL_WORD = ":global"
"""What the dispatcher puts in the place of an app for `--global`, which would parse as an option."""

Parser = Callable[[str], str]


def names_app(parser: Parser, app_of: Parser = str) -> Parser:
    """Mark a parser of a parameter that names an app, or a thing of one whose name `app_of` tells."""
    parser.names_app = app_of  # type: ignore[attr-defined]
    return parser


@names_app
def app_name(name: str) -> str:
    return checked_name(name)


@names_app
def app_or_global(name: str) -> str:
    return GLOBAL if name == GLOBAL_WORD else checked_name(name)


class Format(StrEnum):
    stdout = "stdout"
    json = "json"


AppName = Annotated[str, typer.Argument(metavar="APP", parser=app_name, help="Name of the app.")]
NewAppName = Annotated[str, typer.Argument(metavar="NEW-APP", parser=app_name, help="The new name.")]
OptionalAppName = Annotated[str | None, typer.Argument(metavar="[APP]", parser=app_name, help="Name of the app.")]
AppOrGlobal = Annotated[
    str, typer.Argument(metavar="APP|--global", parser=app_or_global, help="Name of the app, or --global for all.")
]
OptionalAppOrGlobal = Annotated[
    str | None, typer.Argument(metavar="[APP|--global]", parser=app_or_global, help="Name of the app, or --global.")
]
AllApps = Annotated[bool, typer.Option("--all", help="All apps.")]
Parallel = Annotated[
    int, typer.Option("--parallel", help="With --all: how many apps at once; -1 for as many as there are processors.")
]
OutputFormat = Annotated[Format, typer.Option("--format", help="How to print it.")]
SettingKey = Annotated[str, typer.Argument(metavar="KEY", help="Which setting.")]
SettingValue = Annotated[str, typer.Argument(metavar="[VALUE]", help="Its value; none clears it.")]
NoRestart = Annotated[bool, typer.Option("--no-restart", help="Let it apply with the next deploy.")]

PASS_ON = {"ignore_unknown_options": True, "allow_interspersed_args": False}
"""Context settings of a command that hands the words after its own on to another program."""
EXTRA = {"ignore_unknown_options": True, "allow_extra_args": True}
"""Context settings of a command that reads `ctx.args` itself."""
