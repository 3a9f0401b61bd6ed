"""The report command."""

from __future__ import annotations

import typer

from paas import App, PaasError, apps, output
from paas.params import AllApps, OptionalAppName

from . import sections, server

app = typer.Typer(help="All that there is to know of this server and its apps.")


@app.command("report")
def report(name: OptionalAppName = None, every: AllApps = False) -> None:
    """Show what there is to know of this server, and what every plugin reports of an app or of all."""
    wanted: list[App] = apps.chosen(name, every) if name or every else []
    output.fields("paas information", server.facts())
    output.result("plugins")
    output.table(server.plugins())
    failed = [f"{plugin} of {target.name}" for target in wanted for plugin in sections.show(target)]
    if failed:
        raise PaasError(f"Some reports failed: {', '.join(failed)}.", hint="Why is said above.")
