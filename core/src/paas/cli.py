"""`paas PLUGIN:VERB`: find the owner of a command, import only that, run it, turn errors into exit codes."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import Any

from . import context, entrypoints, output
from . import help as helping
from . import paths as places
from .context import Context, Flags
from .entrypoints import COMMANDS, PLUGINS, PLUMBING, EntryPoint
from .errors import CommandNotFound, PaasError, UsageError
from .help import Prefix
from .output import Output
from .paths import Paths
from .plumbing import Plumbing

INTERRUPTED = 130
COLLECT_AT = 50_000
"""How many more objects there may be before Python looks for those that only hold each other: a short command makes
nearly all of its own while it imports, and keeps them."""


def main() -> None:
    """The `paas` script."""
    gc.set_threshold(COLLECT_AT)
    for stream in (sys.stdout, sys.stderr):  # what the client's locale says is not for our data
        stream.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]
    code = start([_utf8(word) for word in sys.argv[1:]])
    gc.freeze()  # or it would look through all that we imported before it ends
    sys.exit(code)


def start(argv: list[str]) -> int:
    """Run as the account that owns the system, with the words that ssh passed on if it did."""
    caller = context.caller()
    paths = places.find()
    if paths.docker_socket:  # for us and every program that we start, whatever the caller's shell says
        os.environ["DOCKER_HOST"] = f"unix://{paths.docker_socket}"
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
        except OSError as error:
            from .disk import blamed

            if not (known := blamed(error)):
                raise
            return _report(known, context)
        except SystemExit as stop:
            return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        except KeyboardInterrupt as stop:
            output.warn(str(stop) or "Interrupted")
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
        return helping.overview(every=False) if words == ["--help"] else core(words)
    return _run_plugin_command(verb, words)


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


def _run_plugin_command(verb: str, words: list[str]) -> int:
    prefix = find(verb)
    loaded = _load(prefix.entry)
    if isinstance(loaded, Plumbing):
        return loaded.run(verb, words)
    from . import typed

    return typed.run(loaded, prefix, verb, words)


def _load(entry: EntryPoint) -> Any:
    """A plugin's commands, as a Typer or Plumbing.

    Raises:
        PaasError: They can't be imported.
    """
    try:
        return entry.load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too
        raise PaasError(
            f"The commands of {entry.name} ({entry.distribution}) can't be loaded: {type(error).__name__}: {error}",
            hint=f"Mend or uninstall {entry.distribution}.",
        ) from error


def find(verb: str) -> Prefix:
    """The prefix that owns a command.

    Raises:
        CommandNotFound: Nobody does, two distributions do, or its plugin is disabled.
    """
    declared = entrypoints.declared(COMMANDS, PLUMBING, PLUGINS)
    name = verb.partition(":")[0]
    owners = [entry for entry in declared[COMMANDS] if entry.name == name]
    owners += [entry for entry in declared[PLUMBING] if entry.name == verb]
    if not owners:
        raise helping.unknown(verb)
    if len(owners) > 1:
        claims = " and ".join(entry.distribution for entry in owners)
        raise CommandNotFound(f"{name} belongs to two distributions, {claims}.", hint="Uninstall one of them.")
    found = helping.prefix(owners[0], declared)
    if found.plugin in entrypoints.disabled():
        raise CommandNotFound(
            f"The plugin {found.plugin} is disabled.", hint=f"Enable it with plugin:enable {found.plugin}"
        )
    return found


def _report(error: PaasError, context: Context) -> int:
    from .context import use

    with use(context):
        if context.flags.trace:
            import traceback

            output.warn(traceback.format_exc())
        output.warn(error.message, error.hint)
    return error.exit_code
