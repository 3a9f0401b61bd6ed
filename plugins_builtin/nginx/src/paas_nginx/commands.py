"""The nginx: commands."""

from __future__ import annotations

from typing import Annotated

import typer

from paas import App, PaasError, apps, output, privileged, process, reports, settings
from paas.params import AppName, OptionalAppName

from . import server, serving, site
from .settings import SETTINGS

app = typer.Typer(help="Send requests to apps with nginx.")
Follow = Annotated[bool, typer.Option("-t", "--tail", help="Go on with new lines.")]
LOG_LINES = "20"


@app.command("show-config")
def show_config(name: AppName) -> None:
    """Print an app's site."""
    file = server.file(apps.load(name).name)
    if not file.exists():
        raise PaasError(f"No nginx.conf exists for {name}", hint="It is written by the first deploy.")
    output.raw(file.read_text(encoding="utf-8"))


app.command("show-conf", hidden=True)(show_config)


@app.command("validate-config")
def validate_config(name: OptionalAppName = None) -> None:
    """Have nginx check its whole configuration."""
    if name:
        apps.load(name)
    output.raw(privileged.run("nginx-test"))


app.command("validate", hidden=True)(validate_config)


@app.command("access-logs")
def access_logs(name: AppName, tail: Follow = False) -> None:
    """Print the last requests of an app."""
    _log(apps.load(name), "access", tail=tail)


@app.command("error-logs")
def error_logs(name: AppName, tail: Follow = False) -> None:
    """Print the last errors of an app's site."""
    _log(apps.load(name), "error", tail=tail)


@app.command("reload")
def reload() -> None:
    """Have nginx read its configuration again."""
    server.reload()


@app.command("start")
def start() -> None:
    """Start nginx."""
    privileged.run("nginx-start")


@app.command("stop")
def stop() -> None:
    """Stop nginx, and with it every app's answers."""
    privileged.run("nginx-stop")


def _log(target: App, kind: str, *, tail: bool) -> None:
    name = site.log_name(target.name, kind, serving.settings(target))
    if name == "off":
        raise PaasError(f"The {kind} log of {target.name} is off.", hint=f"nginx:set {target.name} {kind}-log-path")
    if tail:
        process.become(privileged.command("nginx-log-read", name, LOG_LINES, "--follow"))
    output.raw(privileged.run("nginx-log-read", name, LOG_LINES))


reports.add_command(app, "nginx", SETTINGS.report, SETTINGS.report_global)
settings.add_command(app, SETTINGS, applies="the next proxy:build-config or deploy")
