"""The ps: commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer
from paas import App, PaasError, UsageError, apps, hooks, hookspecs, lifecycle, output, reports, settings, tasks
from paas.params import AllApps, AppName, Format, OptionalAppName, OutputFormat
from paas_scheduler import hookspecs as scheduler_hooks

from . import scale as scaling
from .settings import SETTINGS

app = typer.Typer(help="An app's processes: scale, restart, rebuild, stop and start.")
Parallel = Annotated[int, typer.Option("--parallel", help="Accepted for Dokku's sake; apps go one after another.")]


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
    if not skip_deploy:
        lifecycle.scale(target, scaling.shown(target) | wanted)
    scaling.keep(target, wanted)


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
    for target in _targets(name, every):
        if not apps.live_release(target):
            output.warn(f"App {target.name} has not been deployed")
        elif process:
            lifecycle.restart_type(target, process)
        else:
            lifecycle.redeploy(target, "ps:restart")


@app.command("rebuild")
def rebuild(name: OptionalAppName = None, every: AllApps = False, parallel: Parallel = 1) -> None:
    """Build the live commit again and deploy it."""
    for target in _targets(name, every):
        _rebuild(target)


@app.command("start")
def start(name: OptionalAppName = None, every: AllApps = False, parallel: Parallel = 1) -> None:
    """Start an app that was stopped."""
    _each(_targets(name, every), _start)


@app.command("stop")
def stop(name: OptionalAppName = None, every: AllApps = False, parallel: Parallel = 1) -> None:
    """Stop an app until ps:start; it stays stopped when the server starts again."""
    for target in _targets(name, every):
        output.step(f"Stopping {target.name}")
        lifecycle.stop(target)


@app.command("restore")
def restore(name: OptionalAppName = None, every: AllApps = False, parallel: Parallel = 1) -> None:
    """Start what should run and doesn't, as after a start of the server."""
    wanted = _targets(name, every or name is None)
    _each([target for target in wanted if SETTINGS.value(target, "restore") == "true"], _start)


@app.command("retire")
def retire(name: OptionalAppName = None) -> None:
    """Carry out what is due now, such as stopping old processes."""
    tasks.tick()


@app.command("inspect")
def inspect(name: AppName) -> None:
    """Print all that Docker knows of the app's containers, without the values of variables."""
    output.data(list(hooks.act(scheduler_hooks.scheduler_inspect, apps.load(name))))


def _targets(name: str | None, every: bool) -> list[App]:
    if every:
        return apps.visible()
    if not name:
        raise UsageError("Name an app, or use --all.")
    return [apps.load(name)]


def _each(targets: list[App], do: Callable[[App], None]) -> None:
    """Do it for every app, even if it fails for some; then fail."""
    failed = []
    for target in targets:
        try:
            do(target)
        except PaasError as error:
            output.warn(f"{target.name}: {error.message}", error.hint)
            failed.append(target.name)
    if failed:
        raise PaasError(f"Failed for {', '.join(failed)}.")


def _start(target: App) -> None:
    live = apps.live_release(target)
    if not live:
        return output.warn(f"App {target.name} has not been deployed")
    statuses = hooks.act(scheduler_hooks.scheduler_app_status, target)
    if len(statuses) == sum(live.formation.values()) and all(status.state == "running" for status in statuses):
        return output.step(f"App {target.name} already running")
    hooks.check(hookspecs.pre_start, target)
    output.step(f"Starting {target.name}")
    lifecycle.redeploy(target, "ps:start")


def _rebuild(target: App) -> None:
    live = apps.live_release(target)
    if not live:
        return output.warn(f"App {target.name} has not been deployed")
    source = hooks.ask(hookspecs.source_of, target, live.revision)
    if source is None:
        raise PaasError(
            f"The repository of {target.name} does not hold its live commit {live.revision[:12]}.",
            hint="Push it again.",
        )
    with source as extracted:
        lifecycle.receive(target, extracted, "ps:rebuild")


def _show_scale(target: App, format: Format) -> None:
    shown = sorted(scaling.shown(target).items())
    if format is Format.json:
        return output.data([{"process_type": type, "quantity": count} for type, count in shown])
    output.step(f"Scaling for {target.name}")
    output.detail("proctype: qty")
    output.detail("--------: ---")
    for type, count in shown:
        output.line(f"{type + ':':<5} {count}")


def _report(target: App) -> dict[str, str]:
    live = apps.live_release(target)
    statuses = hooks.act(scheduler_hooks.scheduler_app_status, target) if live else []
    states = {status.state == "running" for status in statuses}
    return {
        "deployed": "true" if live else "false",
        "processes": str(len(statuses)),
        "running": "mixed" if len(states) > 1 else "true" if states == {True} else "false",
        **{f"status-{s.slot.type}-{s.slot.number}": f"{s.state} (CID: {s.container[:11]})" for s in statuses},
        **SETTINGS.report(target),
    }


reports.add_command(app, "ps", _report, SETTINGS.report_global)
settings.add_command(app, SETTINGS)
