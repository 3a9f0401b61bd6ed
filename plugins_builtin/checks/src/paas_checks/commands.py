"""Checks: commands."""

from __future__ import annotations

from typing import Annotated

import typer

from paas import apps, output, reports, settings
from paas.params import AppName

from . import policies
from .report import fields
from .settings import SETTINGS

app = typer.Typer(help="Whether new processes work before requests reach them.")

Types = Annotated[
    list[str] | None, typer.Argument(metavar="[TYPE,…]", help="Process types such as web,worker; all if none.")
]
Processes = Annotated[
    list[str] | None, typer.Argument(metavar="[TYPE[.N],…]", help="Processes such as web or web.1; all if none.")
]

reports.add_command(app, "checks", fields, SETTINGS.report_global)
settings.add_command(app, SETTINGS)


@app.command("disable")
def disable(name: AppName, types: Types = None) -> None:
    """Stop the old processes of some types before new ones start, which means downtime."""
    target, chosen = apps.load(name), policies.parse(types or ())
    output.step(f"Disabling zero downtime of {target.name} ({','.join(chosen)})")
    policies.put(target, policies.DISABLED, chosen)


@app.command("enable")
def enable(name: AppName, types: Types = None) -> None:
    """Check some types again, and start their new processes beside the old ones."""
    target, chosen = apps.load(name), policies.parse(types or ())
    output.step(f"Enabling zero downtime of {target.name} ({','.join(chosen)})")
    policies.clear(target, chosen)


@app.command("skip")
def skip(name: AppName, types: Types = None) -> None:
    """Don't check some types, but go on starting their new processes beside the old ones."""
    target, chosen = apps.load(name), policies.parse(types or ())
    output.step(f"Skipping zero downtime checks of {target.name} ({','.join(chosen)})")
    policies.put(target, policies.SKIPPED, chosen)


@app.command("run")
def run(name: AppName, processes: Processes = None) -> None:
    """Check processes that run, as a deploy would; exit code 1 when one does not pass."""
    from . import live

    target = apps.load(name)
    output.step(f"Running checks of {target.name}")
    live.run(target, processes or ())
