"""The cron: commands."""

from __future__ import annotations

from typing import Annotated

import typer

from paas import UsageError, apps, output, reports
from paas.params import AppName, AppOrGlobal, Format, OutputFormat, SettingKey, SettingValue
from paas.state import GLOBAL

from . import entries, settings
from .settings import SETTINGS

MOST_SECONDS = 30 * 86400

app = typer.Typer(help="Run commands of an app at the times that its app.json names.")

Id = Annotated[str, typer.Argument(metavar="CRON-ID", help="As cron:list shows it.")]
Seconds = Annotated[
    int, typer.Option("--ttl-seconds", min=1, max=MOST_SECONDS, help="After how many seconds it is stopped.")
]


@app.command("list")
def list_(name: AppOrGlobal, form: OutputFormat = Format.stdout) -> None:
    """List what runs when; for --global nothing, since plugins are told each minute by themselves."""
    target = None if name == GLOBAL else apps.load(name)
    found = [(entry, settings.is_suspended(target, entry)) for entry in entries.of(target)] if target else []
    if form is Format.json:
        return output.data(
            [
                {
                    "id": entry.id,
                    "app": name,
                    "command": entry.command,
                    "schedule": entry.schedule,
                    "concurrency_policy": entry.policy,
                    "maintenance": suspended,
                }
                for entry, suspended in found
            ]
        )
    rows = [(e.id, e.schedule, e.policy, str(suspended).lower(), e.command) for e, suspended in found]
    output.table([("ID", "Schedule", "Concurrency", "Maintenance", "Command"), *rows])


@app.command("run")
def run(
    name: AppName,
    id: Id,
    detach: Annotated[bool, typer.Option("--detach", help="In the background; prints its container's name.")] = False,
    ttl_seconds: Seconds = 86400,
    scheduled: Annotated[bool, typer.Option("--scheduled", hidden=True, help="As a tick does it.")] = False,
) -> int:
    """Run a task now, with what it prints and its exit code as ours."""
    from . import running

    target = apps.load(name)
    entry = entries.load(target, id)
    if detach and scheduled:
        raise UsageError("--detach and --scheduled don't go together.")
    if scheduled:
        return running.scheduled(target, entry, ttl_seconds)
    if detach:
        output.line(running.detached(target, entry, ttl_seconds))
        return 0
    return running.attached(target, entry, ttl_seconds)


@app.command("logs")
def logs(name: AppName, id: Id) -> None:
    """Show what a task has printed when its time had come: its newest runs, each below a line with its beginning."""
    from . import log

    target = apps.load(name)
    if not (text := log.read(target, entries.load(target, id))):
        return output.step(f"The task {id} has not run by itself yet")
    for line in text.splitlines():
        output.line(line)


@app.command("suspend")
def suspend(name: AppName, id: Id) -> None:
    """Let a task not run by itself until it is resumed."""
    target = apps.load(name)
    settings.suspend(target, entries.load(target, id).id, value=True)
    output.step(f"Suspended {id}")


@app.command("resume")
def resume(name: AppName, id: Id) -> None:
    """Let a task run by itself again."""
    target = apps.load(name)
    settings.suspend(target, entries.load(target, id).id, value=False)
    output.step(f"Resumed {id}")
    if SETTINGS.value(target, "maintenance") == "true":
        output.warn(f"No task of {name} runs by itself.", f"See cron:report {name} --cron-computed-maintenance")


@app.command("set")
def set(name: AppOrGlobal, key: SettingKey, value: SettingValue = "") -> None:
    """Set or clear a setting; it applies at once.

    KEY is maintenance, maintenance.CRON-ID or timezone; for --global also mailfrom and mailto.
    """
    settings.change(GLOBAL if name == GLOBAL else apps.load(name), key, value)
    output.step(f"Setting {key} to {value}" if value else f"Unsetting {key}")


def _report(target: apps.App) -> dict[str, str]:
    return {**SETTINGS.report(target), "task-count": str(len(entries.of(target)))}


reports.add_command(app, "cron", _report, SETTINGS.report_global)
