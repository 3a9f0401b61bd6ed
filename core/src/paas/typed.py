"""Commands of people: a function with typed parameters, of which Typer makes a command line.

Typer takes longer to import than most commands to run, so nothing imports this before such a command is called.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from copy import copy
from typing import Any

import typer
from typer._click.exceptions import ClickException
from typer.core import TyperCommand

from . import help as helping
from . import output
from .authorization import authorize
from .errors import UsageError
from .help import Prefix
from .params import GLOBAL_WORD
from .state import GLOBAL

LONG = 400
"""The most characters that are shown of what Typer says, which repeats whatever it was given."""


def run(commands: typer.Typer, prefix: Prefix, verb: str, words: list[str]) -> int:
    """Run one command of a plugin; its exit code.

    Raises:
        CommandNotFound: The plugin has no such command.
        UsageError: The words are wrong.
        KeyboardInterrupt: A question of it was answered so.
    """
    info = prefix.command(commands, verb)
    if info is None:
        if verb in (prefix.name, f"{prefix.name}:help"):
            return helping.of_plugin(prefix, commands)
        raise helping.unknown(verb)
    try:
        return _run(single(info), verb, words)
    except ClickException as error:
        said = error.format_message().replace("a valid int range", "a whole number")
        raise UsageError(said if len(said) <= LONG else f"{said[:LONG]}…", hint=_usage_hint(error)) from error
    except typer.Exit as done:
        return int(done.exit_code)
    except typer.Abort as error:
        raise KeyboardInterrupt from error


def _run(command: Any, verb: str, words: list[str]) -> int:
    words, own = apart(in_place(words, command), command)
    with _parsed(command, verb, words) as parsed:
        parsed.args = [*own, *parsed.args]
        authorize(verb, list(_apps(command, parsed.params)))
        answer = command.invoke(parsed)
    return answer if isinstance(answer, int) else 0


def _parsed(command: Any, verb: str, words: list[str]) -> typer.Context:
    try:
        parsed: typer.Context = command.make_context(f"paas {verb}", words)
        return parsed
    except BrokenPipeError:  # --help is printed by typer, and whoever reads it (`head`) has read enough
        output.drop(sys.stdout)
        raise SystemExit(0) from None


class Command(TyperCommand):
    """A command whose usage names its words as their author did."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        # Typer puts braces around the name of a parameter that has a parser.
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]


def single(info: Any) -> Any:
    """A click command of one function, whatever else its plugin declares."""
    alone = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    own = copy(info)
    own.cls = Command
    alone.registered_commands.append(own)
    return typer.main.get_command(alone)


def in_place(words: list[str], command: Any) -> list[str]:
    """The words with `--global`, wherever it was written, in the place of the app."""
    own = any("--global" in parameter.opts for parameter in command.params)
    first = next((p for p in command.params if p.param_type_name == "argument"), None)
    ours = words[: words.index("--")] if "--" in words else words
    passes_on = not command.context_settings.get("allow_interspersed_args", True)
    if own or passes_on or GLOBAL not in ours or not (first and _names_app(first)):
        return words
    rest = list(words)
    rest.remove(GLOBAL)
    return [GLOBAL_WORD, *rest]


def apart(words: list[str], command: Any) -> tuple[list[str], list[str]]:
    """The words of a command, and the flags that it reads itself (those of a report): wherever one is written, it
    mustn't be taken for the name of an app."""
    if not command.context_settings.get("allow_extra_args"):
        return words, []
    known = {option for parameter in command.params for option in parameter.opts} | {"--", "--help"}
    own = [word for word in words if word.startswith("--") and word.partition("=")[0] not in known]
    return [word for word in words if word not in own], own


def _apps(command: Any, given: dict[str, Any]) -> Iterator[str]:
    """The apps that a command's words name."""
    for parameter in command.params:
        if _names_app(parameter) and (named := given[parameter.name]) is not None:
            yield from map(parameter.type.func.names_app, named if isinstance(named, (list, tuple)) else [named])


def _names_app(parameter: Any) -> bool:
    return hasattr(getattr(parameter.type, "func", None), "names_app")


def _usage_hint(error: ClickException) -> str | None:
    parsed = getattr(error, "ctx", None)
    return f"Usage: {parsed.command_path} {helping.usage(parsed)}" if parsed else None
