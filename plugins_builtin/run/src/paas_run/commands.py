"""The run command, the run: commands, and enter."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from paas import App, apps, output
from paas.params import PASS_ON, AppName, Format, OptionalAppName, OutputFormat
from paas_scheduler import api as scheduler
from paas_scheduler.api import Command, LogQuery

from . import listing, place
from .given import environment, has_terminal, in_utf8, without_dashes
from .params import ContainerName

MOST_SECONDS = 30 * 86400

app = typer.Typer(help="Commands of an app in containers of their own, and inside those that run.")

Words = Annotated[list[str] | None, typer.Argument(metavar="[COMMAND]...", help="The command and its words.")]
Variables = Annotated[list[str] | None, typer.Option("--env", "-e", help="KEY=VALUE, on top of the app's variables.")]
NoTerminal = Annotated[bool, typer.Option("--no-tty", help="Without a terminal, even if there is one.")]
Terminal = Annotated[bool, typer.Option("--force-tty", help="With a terminal, even if there is none.")]
Seconds = Annotated[
    int, typer.Option("--ttl-seconds", min=1, max=MOST_SECONDS, help="After how many seconds it is stopped.")
]


@app.command("run", context_settings=PASS_ON)
def run(
    name: AppName,
    words: Words = None,
    env: Variables = None,
    no_tty: NoTerminal = False,
    force_tty: Terminal = False,
    ttl_seconds: Seconds = 86400,
) -> int:
    """Run a command in a container of its own, with what the app has; without one, a shell."""
    target = apps.load(name)
    release = place.live(target)
    command = Command(_words(words), environment(env or ()), has_terminal(no_tty, force_tty), ttl_seconds)
    _say_if_type(command.words, release.processes)
    return scheduler.run_attached(target, release, command)


@app.command("detached", context_settings=PASS_ON)
def detached(
    name: AppName,
    words: Words = None,
    env: Variables = None,
    force_tty: Terminal = False,
    ttl_seconds: Seconds = 86400,
) -> None:
    """Run a command in the background and print its container's name; nothing is left when it has ended."""
    target = apps.load(name)
    release = place.live(target)
    command = Command(_words(words), environment(env or ()), force_tty, ttl_seconds)
    _say_if_type(command.words, release.processes)
    output.line(scheduler.run_detached(target, release, command))


@app.command("list")
def list_(name: AppName, form: OutputFormat = Format.stdout) -> None:
    """List the commands that run in containers of their own."""
    target = apps.load(name)
    listing.show(target, scheduler.one_offs(target), form)


@app.command("logs")
def logs(
    name: OptionalAppName = None,
    container: ContainerName = None,
    lines: Annotated[int, typer.Option("--num", "-n", min=0, help="How many lines of each.")] = 100,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Without time and container.")] = False,
    tail: Annotated[bool, typer.Option("--tail", "-t", help="Go on with new lines until it ends.")] = False,
) -> None:
    """Show what commands print that run in containers of their own."""
    from paas.cancelling import end_with_reader

    target = _app(name, container)
    printed = scheduler.one_off_logs(target, LogQuery(container or "", lines, tail))
    if tail:
        end_with_reader(signal.SIGTERM)  # there is nothing to clean up
    for line in printed:
        output.line(line.text if quiet else f"{line.time} app[{line.process}]: {line.text}")


@app.command("stop")
def stop(name: OptionalAppName = None, container: ContainerName = None) -> None:
    """Stop the commands of an app that run in containers of their own, or one of them."""
    target = _app(name, container)
    for one in place.chosen(target, scheduler.one_offs(target), container):
        output.step(f"Stopping {one.name}")
        scheduler.stop_one_off(target, one)


@app.command("retire")
def retire(name: OptionalAppName = None) -> None:
    """Stop the commands that have run longer than they may; paas tick does so by itself."""
    for target in [apps.load(name)] if name else apps.visible():
        for stopped in scheduler.retire_one_offs(target):
            output.step(f"Stopped {stopped}")


@app.command("enter", context_settings=PASS_ON)
def enter(
    name: AppName,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PROCESS] [--] [COMMAND]...", help="Such as web or web.1, and what to run there."),
    ] = None,
    container_id: Annotated[str, typer.Option("--container-id", help="The container, instead of a process.")] = "",
) -> int:
    """Run a command inside a container that runs; without one, a shell."""
    target = apps.load(name)
    given, container_id = place.container_id(list(words or ()), container_id)
    container, command = place.of(target, given, container_id)
    terminal = has_terminal(no=False, force=False)
    return scheduler.enter(target, container, Command(in_utf8(command), tty=terminal))


def _words(words: Sequence[str] | None) -> Sequence[str]:
    return in_utf8(without_dashes(words or ()))


def _say_if_type(words: Sequence[str], types: Mapping[str, str]) -> None:
    if words and types.get(words[0]):
        output.step(f"Found '{words[0]}' in Procfile, running that command", error=True)


def _app(name: str | None, container: str | None) -> App:
    """The app that is named, or whose container is.

    Raises:
        UsageError: Neither is, or they don't belong together.
    """
    return apps.load(place.app_name(name, container))
