"""`paas PLUGIN:VERB`: find the owner of a command, import only that, run it, turn errors into exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

import typer
from typer._click.exceptions import ClickException

from . import context, entrypoints, output
from . import help as helping
from .context import Context, Flags
from .entrypoints import COMMANDS, PLUGINS, EntryPoint
from .errors import CommandNotFound, PaasError, UsageError
from .output import Output
from .params import GLOBAL_WORD
from .paths import Paths
from .state import GLOBAL

INTERRUPTED = 130


def main() -> None:
    """The `paas` script."""
    for stream in (sys.stdout, sys.stderr):  # what the client's locale says is not for our data
        stream.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]
    sys.exit(start([_utf8(word) for word in sys.argv[1:]]))


def start(argv: list[str]) -> int:
    """Run as the account that owns the system, with the words that ssh passed on if it did."""
    caller = context.caller()
    paths = context.host()
    try:
        if os.geteuid() == 0 and paths.program:
            become(paths)
        if (original := os.environ.pop("SSH_ORIGINAL_COMMAND", None)) is not None:
            argv = words(_utf8(original))
    except PaasError as error:
        return _report(error, Context(paths, caller))
    return run(argv, Context(paths, caller))


def _utf8(word: str) -> str:
    """A word from outside, whatever the locale took its bytes for; bytes that aren't UTF-8 become surrogates."""
    return os.fsencode(word).decode(errors="surrogateescape")


def words(original: str) -> list[str]:
    """What a client's ssh was given, split as a POSIX shell would split it and never given to one.

    Raises:
        UsageError: A quote isn't closed, or the text isn't UTF-8.
    """
    import shlex

    try:
        original.encode()
        return shlex.split(original)
    except UnicodeEncodeError as error:
        raise UsageError("The command is not UTF-8.") from error
    except ValueError as error:
        raise UsageError(
            f"The command can't be split into words: {str(error).lower()}.",
            hint="Close the quote, or put a backslash before it. Your own shell takes one pair of quotes away.",
        ) from error


def become(paths: Paths) -> None:
    """Stop being root for good: all that follows runs as the account of the system."""
    import pwd

    account = pwd.getpwnam(paths.user)
    os.initgroups(account.pw_name, account.pw_gid)
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)
    os.environ |= {"HOME": account.pw_dir, "USER": account.pw_name, "LOGNAME": account.pw_name}
    if not os.access(".", os.X_OK):  # root's home, as a rule
        os.chdir("/")


def run(argv: Sequence[str], context: Context) -> int:
    """Run one command.

    Args:
        argv: The words after `paas`.

    Returns:
        The exit code: 0 done, 1 refused or failed, 2 wrong usage, 20 no such app, 127 no such command.
    """
    from .context import use

    with use(context):
        try:
            return _dispatch(list(argv), context)
        except PaasError as error:
            return _report(error, context)
        except ClickException as error:
            return _report(UsageError(error.format_message(), hint=_usage_hint(error)), context)
        except typer.Exit as done:
            return int(done.exit_code)
        except SystemExit as stop:
            return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        except (typer.Abort, KeyboardInterrupt):
            output.warn("Interrupted")
            return INTERRUPTED


def _dispatch(argv: list[str], context: Context) -> int:
    context.flags, rest = flags(argv)
    context.output = Output(quiet=context.flags.quiet)
    if not rest:
        return helping.overview(every=False)
    verb, words = rest[0], rest[1:]
    if context.flags.app:
        words = [context.flags.app, *words]
    if core := helping.CORE_COMMANDS.get(verb):
        return core(words)
    return _run_plugin_command(verb, words, context)


def flags(argv: Sequence[str]) -> tuple[Flags, list[str]]:
    """Dokku's leading global flags, and the words after them.

    Raises:
        UsageError: `--app` without a name.
    """
    given: dict[str, Any] = {}
    rest = list(argv)
    while rest and rest[0] in ("--quiet", "--trace", "--force", "--app"):
        flag = rest.pop(0).removeprefix("--")
        if flag == "app" and not rest:
            raise UsageError("--app needs the name of an app.")
        given[flag] = rest.pop(0) if flag == "app" else True
    return Flags(**given), rest


def _run_plugin_command(verb: str, words: list[str], context: Context) -> int:
    entry = find(verb)
    commands = _load(entry)
    info = helping.command(commands, entry.name, verb)
    if info is None:
        if verb in (entry.name, f"{entry.name}:help"):
            return helping.of_plugin(entry, commands)
        raise helping.unknown(verb)
    command = single(info)
    words, own = apart(in_place(words, command), command)
    with _parsed(command, verb, words) as parsed:
        parsed.args = [*own, *parsed.args]
        _authorize(verb, command, parsed.params, context)
        answer = command.invoke(parsed)
    return answer if isinstance(answer, int) else 0


def _parsed(command: Any, verb: str, words: list[str]) -> typer.Context:
    try:
        parsed: typer.Context = command.make_context(f"paas {verb}", words)
        return parsed
    except BrokenPipeError:  # --help is printed by typer, and whoever reads it (`head`) has read enough
        output.drop(sys.stdout)
        raise SystemExit(0) from None


def _load(entry: EntryPoint) -> typer.Typer:
    """A plugin's commands.

    Raises:
        PaasError: They can't be imported.
    """
    try:
        commands: typer.Typer = entry.load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too
        raise PaasError(
            f"The commands of {entry.name} ({entry.distribution}) can't be loaded: {type(error).__name__}: {error}",
            hint=f"Mend or uninstall {entry.distribution}.",
        ) from error
    return commands


def find(verb: str) -> EntryPoint:
    """The entry point that owns a command.

    Raises:
        CommandNotFound: Nobody does, two distributions do, or its plugin is disabled.
    """
    declared = entrypoints.declared(COMMANDS, PLUGINS)
    prefix = verb.partition(":")[0]
    owners = [entry for entry in declared[COMMANDS] if entry.name == prefix]
    if not owners:
        raise helping.unknown(verb)
    if len(owners) > 1:
        claims = " and ".join(entry.distribution for entry in owners)
        raise CommandNotFound(f"{prefix} belongs to two distributions, {claims}.", hint="Uninstall one of them.")
    plugin = next((p.name for p in declared[PLUGINS] if p.package == owners[0].package), prefix)
    if plugin in entrypoints.disabled():
        raise CommandNotFound(f"The plugin {plugin} is disabled.", hint=f"Enable it with plugin:enable {plugin}")
    return owners[0]


def single(info: Any) -> Any:
    """A click command of one function, whatever else its plugin declares."""
    alone = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    alone.registered_commands.append(info)
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


def _authorize(verb: str, command: Any, given: dict[str, Any], context: Context) -> None:
    """Ask the plugins about each app that a key's command names."""
    if not context.caller.is_remote:
        return
    from . import hooks, hookspecs

    names = [given[p.name] for p in command.params if _names_app(p) and given[p.name] is not None]
    apps = [name for many in names for name in (many if isinstance(many, (list, tuple)) else [many])]
    for app in apps or [None]:
        hooks.check(hookspecs.authorize, context.caller, verb, None if app == GLOBAL else app)


def _names_app(parameter: Any) -> bool:
    return hasattr(getattr(parameter.type, "func", None), "names_app")


def _usage_hint(error: ClickException) -> str | None:
    parsed = getattr(error, "ctx", None)
    return f"Usage: {parsed.command_path} {helping.usage(parsed)}" if parsed else None


def _report(error: PaasError, context: Context) -> int:
    from .context import use

    with use(context):
        if context.flags.trace:
            import traceback

            output.warn(traceback.format_exc())
        output.warn(error.message, error.hint)
    return error.exit_code
