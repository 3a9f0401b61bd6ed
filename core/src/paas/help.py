"""`help`, `PLUGIN:help`, `version` and what to say to a command that doesn't exist."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import entrypoints, output
from .entrypoints import COMMANDS, ORIGIN, PLUGINS, EntryPoint
from .errors import CommandNotFound, PaasError, UsageError

if TYPE_CHECKING:
    import typer


WIDE = 48
"""The most characters that a command has beside what it does; a longer one has that below it."""
MOST_SECONDS = 86400
"""How long a tick may be told to wait."""


@dataclass(frozen=True)
class Prefix:
    """What stands before the colon of a command, or is one itself.

    Attributes:
        entry: Its declaration.
        plugin: Whose it is, such as proxy for `urls`.
        alone: The names that commands of the plugin have without a prefix, such as `urls`.
    """

    entry: EntryPoint
    plugin: str
    alone: frozenset[str]

    @property
    def name(self) -> str:
        return self.entry.name

    def owned(self, commands: typer.Typer) -> list[Any]:
        """Those of its plugin's commands that it leads to: just the one that it is, where it is a further one."""
        itself = [info for info in commands.registered_commands if _name(info) == self.name]
        return itself if itself and self.name != self.plugin else commands.registered_commands

    def command(self, commands: typer.Typer, verb: str) -> Any | None:
        """The registered command of a verb (`apps:create`, or `logs` alone), None if there is none."""
        _, colon, name = verb.partition(":")
        wanted = name if colon else self.name
        return next((info for info in self.owned(commands) if _name(info) == wanted), None)

    def full_name(self, info: Any) -> str:
        name = _name(info)
        return name if name in self.alone else f"{self.name}:{name}"


def prefix(entry: EntryPoint, declared: Mapping[str, Sequence[EntryPoint]]) -> Prefix:
    """A prefix with its plugin, which comes in the same package."""
    plugin = next((p.name for p in declared[PLUGINS] if p.package == entry.package), entry.name)
    return Prefix(entry, plugin, frozenset(c.name for c in declared[COMMANDS] if c.package == entry.package))


def overview(*, every: bool) -> int:
    """Print the commands, those of the project first.

    Args:
        every: Each command with its words, not only each plugin.
    """
    output.line("Usage: paas [--quiet|--trace|--force|--app APP] PLUGIN:VERB [ARGUMENTS]")
    ours = {entry.distribution for entry in entrypoints.declared(ORIGIN)[ORIGIN]}
    prefixes = usable()
    for title, wanted in (("Core commands", True), ("Community plugin commands", False)):
        rows = [row for p in prefixes if (p.entry.distribution in ours) is wanted for row in _rows(p, every)]
        if wanted:
            rows += [(f"    {name}", about) for name, about in CORE_HELP.items()]
        if rows:
            output.line(f"\n{title}:\n")
            _table(rows)
    output.line("\nMore about one: paas PLUGIN:help")
    return 0


def of_plugin(prefix: Prefix, commands: typer.Typer) -> int:
    """Print a plugin's commands with their words."""
    verbs = "" if [_name(info) for info in prefix.owned(commands)] == [prefix.name] else "[:VERB]"
    output.line(f"Usage: paas {prefix.name}{verbs} [ARGUMENTS]\n")
    output.line(commands.info.help or "")
    output.line()
    _table(_commands(prefix, commands))
    return 0


def _table(rows: Iterable[tuple[str, str]]) -> None:
    """Names beside what they are about."""
    rows = sorted(set(rows))  # a command without a prefix is of that name and of its plugin
    width = max((len(name) for name, _ in rows if len(name) <= WIDE), default=0)
    for name, about in rows:
        if len(name) > WIDE:
            import textwrap

            output.line(textwrap.fill(name, 100, subsequent_indent=" " * 8, break_on_hyphens=False))
        output.line(f"{name if len(name) <= WIDE else '':<{width}}  {about}".rstrip())


def unknown(verb: str) -> CommandNotFound:
    """The error for a command that nobody owns, with the one that was probably meant."""
    from difflib import get_close_matches

    known = [*CORE_COMMANDS]
    for prefix in usable():
        known.append(prefix.name)
        known.extend(prefix.full_name(info) for info in prefix.owned(loaded(prefix.entry)))
    near = get_close_matches(verb, known, n=1)
    return CommandNotFound(
        f"`{verb}` is not a paas command.",
        hint=f"Did you mean {near[0]}? See paas help" if near else "See paas help for a list of commands.",
    )


def usable() -> list[Prefix]:
    """The prefixes of the plugins that nobody has disabled; all, if the store can't tell."""
    found, disabled = entrypoints.declared(COMMANDS, PLUGINS), frozenset[str]()
    with suppress(PaasError):
        disabled = entrypoints.disabled()
    every = [prefix(entry, found) for entry in found[COMMANDS]]
    return [one for one in every if one.plugin not in disabled]


def _rows(prefix: Prefix, every: bool) -> Iterator[tuple[str, str]]:
    # What a plugin is for stands in its metadata too: importing them all would take longer with each that there is.
    if not every and prefix.name == prefix.plugin and (about := prefix.entry.summary()):
        yield f"    {prefix.name}", about
        return
    commands = loaded(prefix.entry)
    shown = [info for info in prefix.owned(commands) if not info.hidden]
    if every and shown:
        yield from _commands(prefix, commands)
    elif prefix.name == prefix.plugin or len(shown) > 1:
        yield f"    {prefix.name}", (commands.info.help or "").partition("\n")[0]
    elif shown:
        yield f"    {prefix.name}", _about(shown[0])


def _commands(prefix: Prefix, commands: typer.Typer) -> Iterator[tuple[str, str]]:
    from .typed import single

    for info in prefix.owned(commands):
        if info.hidden:
            continue
        parsed = single(info)
        with parsed.make_context("", [], resilient_parsing=True) as context:
            words = usage(context).removeprefix("[OPTIONS]").split()
        yield " ".join(["   ", prefix.full_name(info), *_options(parsed), *words]), _about(info)


def usage(context: Any) -> str:
    """The words of a command after its name, as in `[OPTIONS] APP [KEY]...`."""
    return " ".join(context.command.collect_usage_pieces(context))


def _options(command: Any) -> Iterator[str]:
    for parameter in command.params:
        if parameter.param_type_name == "option" and parameter.name != "help" and not parameter.hidden:
            yield f"[{parameter.opts[0]}]"


def _about(info: Any) -> str:
    return str(info.help or info.callback.__doc__ or "").strip().partition("\n")[0]


def _name(info: Any) -> str:
    return str(info.name or info.callback.__name__.replace("_", "-"))


def loaded(entry: EntryPoint) -> typer.Typer:
    """A plugin's commands; none if it can't be imported, so that help works while a plugin is broken."""
    try:
        commands: typer.Typer = entry.load()
    except BaseException as error:
        import typer

        return typer.Typer(help=f"(broken: {type(error).__name__}: {error})")
    return commands


def _help(words: Sequence[str]) -> int:
    if unexpected := [word for word in words if word != "--all"]:
        raise UsageError(f"help doesn't know {unexpected[0]}.", hint=f"Try paas {unexpected[0]}:help")
    return overview(every="--all" in words)


def _version(words: Sequence[str]) -> int:
    from . import __version__

    if words:
        raise UsageError(f"version doesn't know {words[0]}.", hint="Usage: paas version")
    output.line(f"paas version {__version__}")
    return 0


def _tick(words: Sequence[str]) -> int:
    try:
        after = float(words[1]) if words[:1] == ["--after"] and len(words) == 2 else None
    except ValueError:
        after = None
    if words and (after is None or not 0 <= after <= MOST_SECONDS):
        raise UsageError(f"tick doesn't know {' '.join(words)}.", hint="Usage: paas tick [--after SECONDS]")
    time.sleep(after or 0)  # with nothing imported or opened yet: each deploy leaves one of these waiting
    from . import process, tasks

    process.give_way()  # a tick has no one who waits for it
    if failed := tasks.tick(by_timer=after is None):
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
    "help": "This list; with --all every command and its words.",
    "version": "The version of paas.",
    "tick": "Carry out the work that is due; a timer calls it each minute.",
}
