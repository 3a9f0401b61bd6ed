"""The proxy: commands, `url` and `urls`."""

from __future__ import annotations

from typing import Annotated

import typer

from paas import App, PaasError, UsageError, apps, hooks, hookspecs, lifecycle, output, reports, settings
from paas.params import AllApps, AppName, OptionalAppName

from .settings import SETTINGS

app = typer.Typer(help="Choose what sends requests to an app, and say where it answers.")
Parallel = Annotated[int, typer.Option("--parallel", help="Accepted for Dokku's sake; apps go one after another.")]


@app.command("url")
def url(name: AppName) -> None:
    """Print the first URL of an app."""
    found = _urls(name)
    if not found:
        raise PaasError(f"{name} has no URL.", hint=f"See ports:list {name}")
    output.line(found[0])


@app.command("urls")
def urls(name: AppName) -> None:
    """Print every URL of an app."""
    for found in sorted(set(_urls(name))):
        output.line(found)


@app.command("build-config")
def build_config(name: OptionalAppName = None, every: AllApps = False, parallel: Parallel = 1) -> None:
    """Write the proxy's configuration of an app anew."""
    for target in _targets(name, every):
        if apps.live_release(target) and SETTINGS.value(target, "disabled") != "true":
            output.step(f"Building the proxy config of {target.name}")
            lifecycle.configure_proxy(target)


@app.command("clear-config")
def clear_config(name: OptionalAppName = None, every: AllApps = False) -> None:
    """Remove the proxy's configuration of an app until its next deploy."""
    for target in _targets(name, every):
        hooks.act(hookspecs.proxy_clear_config, target)


@app.command("enable")
def enable(name: OptionalAppName = None, every: AllApps = False, parallel: Parallel = 1) -> None:
    """Send requests to an app again."""
    for target in _targets(name, every):
        SETTINGS.set(target, "disabled", None)
        if apps.live_release(target):
            lifecycle.configure_proxy(target)


@app.command("disable")
def disable(name: OptionalAppName = None, every: AllApps = False, parallel: Parallel = 1) -> None:
    """Send no requests to an app."""
    for target in _targets(name, every):
        SETTINGS.set(target, "disabled", "true")
        hooks.act(hookspecs.proxy_clear_config, target)


def _urls(name: str) -> list[str]:
    return hooks.gather(hookspecs.app_urls, apps.load(name))


def _targets(name: str | None, every: bool) -> list[App]:
    if every:
        return apps.visible()
    if not name:
        raise UsageError("Name an app, or use --all.")
    return [apps.load(name)]


def _report(target: App) -> dict[str, str]:
    enabled = "false" if SETTINGS.value(target, "disabled") == "true" else "true"
    return {"enabled": enabled} | SETTINGS.report(target)


reports.add_command(app, "proxy", _report, SETTINGS.report_global)
settings.add_command(app, SETTINGS)
