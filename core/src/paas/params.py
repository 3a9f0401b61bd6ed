"""Parameters that many commands share.

An app's name is checked as it is parsed, and the dispatcher knows these parameters: it asks the
`authorize` hook about every app that one of them names.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from .apps import checked_name
from .state import GLOBAL

GLOBAL_WORD = ":global"
"""What the dispatcher puts in the place of an app for `--global`, which would parse as an option."""


def checked_owner(name: str) -> str:
    return GLOBAL if name == GLOBAL_WORD else checked_name(name)


class Format(StrEnum):
    stdout = "stdout"
    json = "json"


AppName = Annotated[str, typer.Argument(metavar="APP", parser=checked_name, help="Name of the app.")]
NewAppName = Annotated[str, typer.Argument(metavar="NEW-APP", parser=checked_name, help="The new name.")]
OptionalAppName = Annotated[str | None, typer.Argument(metavar="[APP]", parser=checked_name, help="Name of the app.")]
AppOrGlobal = Annotated[
    str, typer.Argument(metavar="APP|--global", parser=checked_owner, help="Name of the app, or --global for all.")
]
OptionalAppOrGlobal = Annotated[
    str | None, typer.Argument(metavar="[APP|--global]", parser=checked_owner, help="Name of the app, or --global.")
]
AllApps = Annotated[bool, typer.Option("--all", help="All apps.")]
OutputFormat = Annotated[Format, typer.Option("--format", help="How to print it.")]
NoRestart = Annotated[bool, typer.Option("--no-restart", help="Let it apply with the next deploy.")]

PASS_ON = {"ignore_unknown_options": True, "allow_interspersed_args": False}
"""Context settings of a command that hands the words after its own on to another program."""
EXTRA = {"ignore_unknown_options": True, "allow_extra_args": True}
"""Context settings of a command that reads `ctx.args` itself."""
