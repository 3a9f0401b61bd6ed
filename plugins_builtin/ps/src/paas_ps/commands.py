"""The ps: commands."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from paas import (
    App,
    PaasError,
    UsageError,
    apps,
    deployment,
    hooks,
    hookspecs,
    lifecycle,
    output,
    releases,
    reports,
    settings,
    several,
    tasks,
)
from paas.params import AllApps, AppName, Format, OptionalAppName, OutputFormat, Parallel
from paas_scheduler import api as scheduler

from . import deploy as images
from . import report, restore
from . import scale as scaling
from .settings import SETTINGS

app = typer.Typer(help="An app's processes: scale, restart, rebuild, stop and start.")


@app.command("scale")
def scale(
    name: AppName,
    counts: Annotated[list[str] | None, typer.Argument(metavar="[TYPE=COUNT]...", help="Such as web=2.")] = None,
    skip_deploy: Annotated[bool, typer.Option("--skip-deploy", help="Let it apply with the next deploy.")] = False,
    format: OutputFormat = Format.stdout,
) -> None:
    """Show or set how many of each process an app runs."""
    target = apps.load(name)
    if not counts:
        return _show_scale(target, format)
    wanted = scaling.parse(counts)
    scaling.check(target, wanted)

    output.step(f"Scaling {name} processes: {' '.join(counts)}")
    if skip_deploy or not releases.live(target):
        scaling.keep(target, wanted)
    elif restore.is_stopped(target):
        scaling.keep(target, wanted)
        output.detail(f"{name} is stopped; they will run with ps:start {name}")
    else:
        lifecycle.scale(target, wanted)


@app.command("restart")
def restart(
    name: OptionalAppName = None,
    process: Annotated[str | None, typer.Argument(metavar="[TYPE]", help="Only this process type.")] = None,
    every: AllApps = False,
    parallel: Parallel = 1,
) -> None:
    """Start new processes from the same image, then stop the old ones."""
    if process and every:
        raise UsageError("A process type and --all don't go together.")
    several.each(apps.chosen(name, every), lambda target: _restart(target, process), parallel)


@app.command("rebuild")
def rebuild(name: OptionalAppName = None, every: AllApps = False, parallel: Parallel = 1) -> None:
    """Build the live commit again and deploy it; the deploy branch's, where nothing is live."""
    several.each(apps.chosen(name, every), _rebuild, parallel)


@app.command("start")
def start(name: OptionalAppName = None, every: AllApps = False, parallel: Parallel = 1) -> None:
    """Start an app that was stopped."""
    several.each(apps.chosen(name, every), _start, parallel)


@app.command("stop")
def stop(name: OptionalAppName = None, every: AllApps = False, parallel: Parallel = 1) -> None:
    """Stop an app until ps:start; it stays stopped when the server starts again."""
    several.each(apps.chosen(name, every), _stop, parallel)


@app.command("restore")
def restored(name: OptionalAppName = None, every: AllApps = False, parallel: Parallel = 1) -> None:
    """Start what should run and doesn't, as after a start of the server; all apps unless one is named."""
    several.each(apps.chosen(name, every or name is None), _restore, parallel)


@app.command("deploy")
def deploy(
    name: AppName,
    tag: Annotated[
        str, typer.Argument(metavar="[IMAGE-TAG]", help="The commit that it was built from; else the live image.")
    ] = images.LATEST,
    process: Annotated[str | None, typer.Argument(metavar="[PROCESS-TYPE]", help="Only this process type.")] = None,
) -> None:
    """Start an image of an app anew, without a build: the live one, or that of an older commit."""
    images.deploy(apps.load(name), tag, process)


@app.command("retire")
def retire(name: OptionalAppName = None) -> None:
    """Carry out what is due now, such as stopping old processes; for all apps, whichever is named."""
    if name:
        apps.load(name)
    if failed := tasks.tick():
        raise PaasError(f"{failed} tasks failed and will be tried again.")


@app.command("inspect")
def inspect(name: AppName) -> None:
    """Print all that Docker knows of the app's containers, without the values of variables."""
    output.line(json.dumps(list(scheduler.inspect(apps.load(name))), indent=4, ensure_ascii=False))


def _restart(target: App, process: str | None) -> None:
    if not releases.live(target):
        return _not_deployed(target)
    output.step(f"Restarting {f'{process} of {target.name}' if process else target.name}")
    if process:
        lifecycle.restart_type(target, process)
    elif releases.processes(target):
        lifecycle.redeploy(target, "ps:restart")
    else:
        lifecycle.resume(target, "ps:restart")


def _rebuild(target: App) -> None:
    live = releases.live(target)
    source = hooks.ask(hookspecs.source_of, target, live.revision if live else "")
    if source is None:
        if not live:
            return _not_deployed(target)
        raise PaasError(
            f"Nobody holds the source of {target.name}'s live release, {live.revision[:12] or live.reference}.",
            hint="Push it again.",
        )
    output.step(f"Rebuilding {target.name}")
    with source as extracted:
        lifecycle.receive(target, extracted, "ps:rebuild")


def _start(target: App) -> None:
    if not releases.live(target):
        return _not_deployed(target)
    if restore.runs(target):
        return output.warn(f"App {target.name} already running")
    output.step(f"Starting {target.name}")
    lifecycle.resume(target, "ps:start")


def _stop(target: App) -> None:
    if not releases.live(target):
        return _not_deployed(target)
    output.step(f"Stopping {target.name}")
    lifecycle.stop(target)


def _restore(target: App) -> None:
    """Start what is missing; what Docker has restarted by itself is left alone."""
    live = releases.live(target)
    if not live or not restore.is_wanted(target):
        return
    if not releases.processes(target) and any(deployment.formation(target, live.processes).values()):
        output.step(f"Starting {target.name}")
        lifecycle.resume(target, "ps:restore")
    else:
        restore.start_missing(target)


def _not_deployed(target: App) -> None:
    output.warn(f"App {target.name} has not been deployed")


def _show_scale(target: App, format: Format) -> None:
    shown = sorted(scaling.shown(target).items())
    if format is Format.json:
        return output.data([{"process_type": type, "quantity": count} for type, count in shown])
    output.step(f"Scaling for {target.name}")
    output.heading("proctype: qty")
    output.heading("--------: ---")
    for type, count in shown:
        output.line(f"{type + ':':<5} {count}")


reports.add_command(app, "ps", report.fields, SETTINGS.report_global)
settings.add_command(app, SETTINGS)
