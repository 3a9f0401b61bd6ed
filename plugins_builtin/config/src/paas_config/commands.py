"""The config: commands."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from paas import App, UsageError, apps, output
from paas.params import AppOrGlobal, NoRestart
from paas.state import GLOBAL

from . import formats, store
from .formats import ExportFormat, ImportFormat

app = typer.Typer(help="The environment variables of apps.")

Key = Annotated[str, typer.Argument(metavar="KEY", help="Name of the variable.")]
Keys = Annotated[list[str], typer.Argument(metavar="KEY...", help="Names of the variables.")]
Merged = Annotated[bool, typer.Option("--merged", help="With the global variables.")]


@app.command("config")
def bare(
    name: AppOrGlobal,
    merged: Merged = False,
    shell: Annotated[bool, typer.Option("--shell", help="As config:export --format shell.")] = False,
    exports: Annotated[bool, typer.Option("--export", help="As config:export --format exports.")] = False,
) -> None:
    """Show the variables with their values."""
    if shell or exports:
        export(name, ExportFormat.shell if shell else ExportFormat.exports, merged)
    else:
        show(name, merged)


@app.command("show")
def show(name: AppOrGlobal, merged: Merged = False) -> None:
    """Show the variables with their values."""
    values = store.environment(_target(name), merged=merged)
    output.result(f"{_words(name)} env vars")
    if values:
        output.line(formats.pretty(values))


@app.command("get")
def get(
    name: AppOrGlobal,
    key: Key,
    quoted: Annotated[bool, typer.Option("--quoted", help="As a word for a shell.")] = False,
) -> int:
    """Print a variable's value; fail without a word if it isn't set."""
    value = store.environment(_target(name)).get(key)
    if value is None:
        return 1
    output.line(formats.quoted(value) if quoted else value)
    return 0


@app.command("keys")
def keys(name: AppOrGlobal, merged: Merged = False) -> None:
    """Print the names of the variables."""
    for key in store.environment(_target(name), merged=merged):
        output.line(key)


@app.command("set")
def set(
    name: AppOrGlobal,
    pairs: Annotated[list[str], typer.Argument(metavar="KEY=VALUE...", help="What to set.")],
    encoded: Annotated[bool, typer.Option("--encoded", help="The values are in base64.")] = False,
    no_restart: NoRestart = False,
) -> None:
    """Set variables and restart the app; nothing is set if one can't be."""
    from . import change, clashes
    from .pairs import parse

    target = _target(name)
    values = parse(pairs, encoded=encoded)
    clashes.refuse(target, values)
    changed = change.put(target, values)
    output.step("Setting config vars")
    for key in sorted(values):
        output.detail(key)
    _follow(target, "config:set", changed, no_restart)


@app.command("unset")
def unset(name: AppOrGlobal, keys: Keys, no_restart: NoRestart = False) -> None:
    """Unset variables and restart the app."""
    from . import change

    target = _target(name)
    gone = change.take_away(target, keys)
    for key in dict.fromkeys(keys):
        output.step(f"Unsetting {key}" if key in gone else f"Skipping {key}, it is not set in the environment")
    _follow(target, "config:unset", gone, no_restart)


@app.command("clear")
def clear(name: AppOrGlobal, no_restart: NoRestart = False) -> None:
    """Unset every variable and restart the app."""
    from . import change

    target = _target(name)
    gone = change.clear(target)
    for key in gone:
        output.step(f"Unsetting {key}")
    _follow(target, "config:clear", gone, no_restart)


@app.command("export")
def export(
    name: AppOrGlobal,
    format: Annotated[ExportFormat, typer.Option("--format", help="How to print them.")] = ExportFormat.exports,
    merged: Merged = False,
) -> None:
    """Print the variables in a format for other programs."""
    if text := formats.text(store.environment(_target(name), merged=merged), format):
        output.line(text)


@app.command("import")
def import_(
    name: AppOrGlobal,
    file: Annotated[str, typer.Argument(metavar="[FILE|-]", help="On the server, or - for standard input.")] = "-",
    replace: Annotated[bool, typer.Option("--replace", help="Unset what the file doesn't name.")] = False,
    format: Annotated[ImportFormat, typer.Option("--format", help="What the file is.")] = ImportFormat.envfile,
    no_restart: NoRestart = False,
) -> None:
    """Set the variables of a file and restart the app."""
    from . import change, clashes, files
    from .variables import checked

    target = _target(name)
    values = checked(files.parse(files.read(file), format))
    clashes.refuse(target, values)
    changed = change.replace(target, values) if replace else change.put(target, values)
    output.step("Setting config vars")
    for key in sorted(values):
        output.detail(key)
    _follow(target, "config:import", changed, no_restart)


@app.command("bundle")
def bundle(name: AppOrGlobal, merged: Merged = False) -> None:
    """Write a tar archive with a file for each variable to standard output."""
    from . import files

    values = store.environment(_target(name), merged=merged)
    if sys.stdout.isatty():
        raise UsageError(
            "An archive isn't for a terminal.", hint="Write it to a file: … config:bundle APP > config.tar"
        )
    sys.stdout.buffer.write(files.bundle(values))
    sys.stdout.buffer.flush()


def _target(name: str) -> App | None:
    return None if name == GLOBAL else apps.load(name)


def _words(name: str) -> str:
    return "global" if name == GLOBAL else name


def _follow(target: App | None, command: str, changed: Sequence[str], no_restart: bool) -> None:
    """Restart an app whose variables have changed."""
    from .restart import restart

    if target and changed and not no_restart:
        restart(target, command)
