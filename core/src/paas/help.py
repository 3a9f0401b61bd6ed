"""`help`, `PLUGIN:help`, `version` and what to say to a command that doesn't exist."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import typer

from . import entrypoints, output
from .entrypoints import COMMANDS, EntryPoint
from .errors import CommandNotFound, PaasError, UsageError

ORIGIN = "paas.origin"
"""Entry-point group in which the plugins of this project say `builtin` or `contrib`."""


def command(commands: typer.Typer, prefix: str, verb: str) -> Any | None:
    """The registered command of a verb (`apps:create`, or `logs` alone), None if there is none."""
    name = verb.partition(":")[2] or prefix
    return next((info for info in commands.registered_commands if _name(info) == name), None)


def overview(*, every: bool) -> int:
    """Print the commands, those of the project first.

    Args:
        every: Each command with its words, not only each plugin.
    """
    output.line("Usage: paas [--quiet|--trace|--force|--app APP] PLUGIN:VERB [ARGUMENTS]")
    found = entrypoints.declared(COMMANDS, ORIGIN)
    ours = {entry.distribution for entry in found[ORIGIN]}
    for title, wanted in (("Core commands", True), ("Community plugin commands", False)):
        entries = [e for e in found[COMMANDS] if (e.distribution in ours) is wanted]
        rows = [row for entry in entries for row in _rows(entry, every)]
        if wanted:
            rows += [(f"    {name}", about) for name, about in CORE_HELP.items()]
        if rows:
            output.line(f"\n{title}:\n")
            output.table(sorted(rows))
    output.line("\nMore about one: paas PLUGIN:help")
    return 0


def of_plugin(entry: EntryPoint, commands: typer.Typer) -> int:
    """Print a plugin's commands with their words."""
    output.line(f"Usage: paas {entry.name}[:VERB] [ARGUMENTS]\n")
    output.line(commands.info.help or "")
    output.line()
    output.table(sorted(_commands(entry, commands)))
    return 0


def unknown(verb: str) -> CommandNotFound:
    """The error for a command that nobody owns, with the one that was probably meant."""
    from difflib import get_close_matches

    known = [*CORE_COMMANDS]
    for entry in entrypoints.declared(COMMANDS)[COMMANDS]:
        known.append(entry.name)
        known.extend(_full_name(entry, info) for info in _loaded(entry).registered_commands)
    near = get_close_matches(verb, known, n=1)
    return CommandNotFound(
        f"`{verb}` is not a paas command.",
        hint=f"Did you mean {near[0]}? See paas help" if near else "See paas help for a list of commands.",
    )


def _rows(entry: EntryPoint, every: bool) -> Iterator[tuple[str, str]]:
    commands = _loaded(entry)
    if every:
        yield from _commands(entry, commands)
    else:
        yield f"    {entry.name}", (commands.info.help or "").partition("\n")[0]


def _commands(entry: EntryPoint, commands: typer.Typer) -> Iterator[tuple[str, str]]:
    from .cli import single

    for info in commands.registered_commands:
        if info.hidden:
            continue
        parsed = single(info)
        with parsed.make_context("", [], resilient_parsing=True) as context:
            words = usage(context).removeprefix("[OPTIONS]").split()
        about = (info.help or info.callback.__doc__ or "").strip().partition("\n")[0]
        yield " ".join(["   ", _full_name(entry, info), *_options(parsed), *words]), about


def usage(context: Any) -> str:
    """The words of a command after its name, as in `[OPTIONS] APP [KEY]...`."""
    # Typer puts braces around the name of a parameter that has a parser.
    return " ".join(context.command.collect_usage_pieces(context)).replace("{", "").replace("}", "")


def _options(command: Any) -> Iterator[str]:
    for parameter in command.params:
        if parameter.param_type_name == "option" and parameter.name != "help" and not parameter.hidden:
            yield f"[{parameter.opts[0]}]"


def _full_name(entry: EntryPoint, info: Any) -> str:
    name = _name(info)
    return name if name == entry.name else f"{entry.name}:{name}"


def _name(info: Any) -> str:
    return str(info.name or info.callback.__name__.replace("_", "-"))


def _loaded(entry: EntryPoint) -> typer.Typer:
    """A plugin's commands; none if it can't be imported, so that help works while a plugin is broken."""
    try:
        commands: typer.Typer = entry.load()
    except BaseException as error:
        return typer.Typer(help=f"(broken: {type(error).__name__}: {error})")
    return commands


def _help(words: Sequence[str]) -> int:
    if unexpected := [word for word in words if word != "--all"]:
        raise UsageError(f"help doesn't know {unexpected[0]}.", hint=f"Try paas {unexpected[0]}:help")
    return overview(every="--all" in words)


def _version(words: Sequence[str]) -> int:
    from . import __version__

    output.line(f"paas version {__version__}")
    return 0


def _tick(words: Sequence[str]) -> int:
    from . import tasks

    try:
        after = float(words[1]) if words[:1] == ["--after"] and len(words) == 2 else None
    except ValueError:
        after = None
    if words and after is None:
        raise UsageError(f"tick doesn't know {' '.join(words)}.", hint="Usage: paas tick [--after SECONDS]")
    if failed := tasks.tick(after or 0):
        raise PaasError(f"{failed} tasks failed and will be tried again.")
    return 0


CORE_COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "help": _help,
    "--help": _help,
    "-h": _help,
    "version": _version,
    "--version": _version,
    "-v": _version,
    "tick": _tick,
}
CORE_HELP = {
    "help": "This list; with --all every command and its words",
    "version": "The version of paas",
    "tick": "Carry out the work that is due; a timer calls it each minute",
}
