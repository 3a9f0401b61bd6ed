"""The docker-options: commands."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from paas import App, InvalidValue, UsageError, apps, output, releases, reports
from paas.params import AppName, Format, OutputFormat

from . import changing, checking, kept

app = typer.Typer(help="Options of Docker for the builds and the containers of an app.")

PASSED_ON = {"ignore_unknown_options": True, "allow_interspersed_args": False}


class Phase(StrEnum):
    build = "build"
    deploy = "deploy"
    run = "run"


def phases(text: str) -> str:
    """A check for phases with a comma between them."""
    if unknown := [word for word in text.split(",") if word not in kept.PHASES]:
        raise InvalidValue(f"{unknown[0]!r} is not a phase.", hint=f"Phases are {', '.join(kept.PHASES)}")
    return text


def process_type(word: str) -> str:
    if not releases.PROCESS_TYPE.fullmatch(word):
        raise InvalidValue(f"{word!r} is not the name of a process type.")
    return word


Phases = Annotated[str, typer.Argument(metavar="PHASES", parser=phases, help="Such as build,deploy,run.")]
Words = Annotated[list[str], typer.Argument(metavar="OPTION...", help="Such as --shm-size=64m.")]
Processes = Annotated[
    list[str] | None,
    typer.Option("--process", parser=process_type, help="Only for processes of this type; may be repeated."),
]


@app.command("add", context_settings=PASSED_ON)
def add(name: AppName, phases: Phases, words: Words, processes: Processes = None) -> None:
    """Give an app options of Docker's, from its next build or start on (ps:restart)."""
    target = apps.load(name)
    changing.add(target, _scopes(phases, processes), checking.parse(words, phases.split(",")))


@app.command("remove", context_settings=PASSED_ON)
def remove(name: AppName, phases: Phases, words: Words, processes: Processes = None) -> None:
    """Take options away, from the next build or start on (ps:restart)."""
    changing.remove(apps.load(name), _scopes(phases, processes), list(checking.joined(words)))


@app.command("clear")
def clear(
    name: AppName,
    phases: Annotated[str | None, typer.Argument(metavar="[PHASES]", parser=phases, help="All if none.")] = None,
    processes: Processes = None,
) -> None:
    """Take all options of some phases away, those of single process types too."""
    target = apps.load(name)
    if processes:
        scopes = _scopes(phases or "deploy", processes)
    else:
        wanted = (phases or ",".join(kept.PHASES)).split(",")
        scopes = [scope for scope in kept.of(target) if scope.partition(".")[0] in wanted]
    output.step(
        f"Clearing docker-options for {target.name} on phases {phases or 'deploy' if processes else phases or 'all'}"
    )
    changing.clear(target, scopes)


@app.command("list")
def listing(
    name: AppName,
    phase: Annotated[Phase, typer.Option("--phase", help="Of which phase.")],
    process: Annotated[
        str | None, typer.Option("--process", parser=process_type, help="Those of one process type alone.")
    ] = None,
    format: OutputFormat = Format.stdout,
) -> None:
    """Print options, one a line."""
    target = apps.load(name)
    (scope,) = _scopes(phase.value, [process] if process else None)
    found = kept.of(target).get(scope, [])
    if format is Format.json:
        return output.data(found)
    for option in found:
        output.line(option)


def _scopes(phases: str, processes: list[str] | None) -> list[str]:
    chosen = list(dict.fromkeys(phases.split(",")))
    if not processes:
        return chosen
    if chosen != ["deploy"]:
        raise UsageError("--process goes with the phase deploy alone.", hint="Builds and commands are of no process.")
    return [f"deploy.{type}" for type in dict.fromkeys(processes)]


def _report(target: App) -> dict[str, str]:
    found = kept.of(target)
    return {scope: " ".join(found.get(scope, ())) for scope in sorted({*kept.PHASES, *found})}


reports.add_command(app, "docker-options", _report)
