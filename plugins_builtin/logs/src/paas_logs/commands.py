"""The logs command and the logs: commands."""

from __future__ import annotations

import signal
import sys
from typing import Annotated

import typer

from paas import App, apps, output, reports, settings
from paas.cancelling import end_with_reader
from paas.params import AllApps, AppName, OptionalAppName
from paas_scheduler import api as scheduler
from paas_scheduler.api import LogQuery

from .lines import Prefix
from .settings import SETTINGS

app = typer.Typer(help="What an app's processes print.")


@app.command("logs", context_settings={"help_option_names": ["-h", "--help"]})
def logs(
    name: AppName,
    lines: Annotated[int, typer.Option("--num", "-n", min=0, help="How many lines of each process.")] = 100,
    process: Annotated[str, typer.Option("--ps", "-p", help="Only this process, such as web or web.1.")] = "",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Without time and process.")] = False,
    tail: Annotated[bool, typer.Option("--tail", "-t", help="Go on with new lines until interrupted.")] = False,
) -> None:
    """Show what an app's processes have printed, stdout and stderr alike."""
    printed = scheduler.logs(apps.load(name), LogQuery(process, lines, tail))
    if tail:
        end_with_reader(signal.SIGTERM)  # there is nothing to clean up
    prefix = Prefix(coloured=sys.stdout.isatty())
    for line in printed:
        output.line(line.text if quiet else f"{prefix.of(line)} {line.text}")


@app.command("failed")
def failed(name: OptionalAppName = None, every: AllApps = False) -> None:
    """Show what the process printed that failed the last deploy."""
    for target in apps.chosen(name, every):
        _show_failed(target, always=not every)


def _show_failed(target: App, *, always: bool) -> None:
    """Show what failed of an app; if nothing did, say so with `always`."""
    prefix = Prefix(coloured=sys.stdout.isatty())
    printed = scheduler.failed_logs(target)
    if printed:
        output.result(f"{target.name} failed logs")
    elif always:
        output.warn(f"No process of {target.name} failed in its last deploy.")
    for line in printed:
        output.line(f"{prefix.of(line)} {line.text}")


reports.add_command(app, "logs", SETTINGS.report, SETTINGS.report_global)
settings.add_command(app, SETTINGS)
