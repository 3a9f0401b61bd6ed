"""The proxy: commands, `url` and `urls`."""

from __future__ import annotations

from typing import Annotated

import typer

from paas import App, PaasError, apps, hooks, hookspecs, output, reports, several
from paas.params import EXTRA, AllApps, AppName, AppOrGlobal, OptionalAppName, Parallel
from paas.state import GLOBAL

from . import holder
from .settings import SETTINGS

app = typer.Typer(help="Choose what sends requests to an app, and say where it answers.")


@app.command("url")
def url(name: AppName) -> None:
    """Print the best URL of an app."""
    output.line(_urls(name)[0])


@app.command("urls")
def urls(name: AppName) -> None:
    """Print every URL of an app."""
    for found in sorted(set(_urls(name))):
        output.line(found)


@app.command("build-config")
def build_config(name: OptionalAppName = None, every: AllApps = False, parallel: Parallel = 1) -> None:
    """Have the proxy take an app's domains, ports and settings anew."""
    several.each(apps.chosen(name, every), _build, parallel)


@app.command("clear-config")
def clear_config(name: OptionalAppName = None, every: AllApps = False) -> None:
    """Have the proxy forget an app, until its next deploy or proxy:build-config."""
    several.each(apps.chosen(name, every), _clear)


@app.command("enable")
def enable(name: OptionalAppName = None, every: AllApps = False, parallel: Parallel = 1) -> None:
    """Let requests come to an app again."""
    several.each(apps.chosen(name, every), _enable, parallel)


@app.command("disable")
def disable(name: OptionalAppName = None, every: AllApps = False, parallel: Parallel = 1) -> None:
    """Let no request come to an app; its processes go on."""
    several.each(apps.chosen(name, every), _disable, parallel)


@app.command("set")
def replace(
    name: AppOrGlobal,
    key: Annotated[str, typer.Argument(metavar="KEY|TYPE", help="A setting, or a proxy such as nginx.")],
    value: Annotated[str | None, typer.Argument(metavar="[VALUE]", help="Its value; none clears it.")] = None,
) -> None:
    """Choose the proxy of an app, or set another of its settings: disabled, proxy-port, proxy-ssl-port, server-host."""
    if value is None and key not in SETTINGS.all:
        key, value = "type", key
    key = "type" if key == "selected" else key  # as the other roles call it
    if key == "type" and value:
        holder.require_installed(value)
    if name == GLOBAL:
        SETTINGS.set(GLOBAL, key, value or None)
    else:
        _set(apps.load(name), key, value or None)
    output.step(f"Setting {key} to {value}" if value else f"Unsetting {key}")
    if name == GLOBAL:
        output.detail("Run proxy:build-config --all to have it apply to what runs")


def _moved(old: str, new: str) -> None:
    """Add a command that Dokku has left over, which names the one that does it now."""

    @app.command(old, hidden=True, context_settings=EXTRA, help=f"Moved to {new}.")
    def moved(context: typer.Context) -> None:
        raise PaasError(f"proxy:{old} is gone.", hint=f"Use {new}")


for verb in ("ports", "ports-add", "ports-clear", "ports-remove", "ports-set"):
    _moved(verb, f"ports:{verb.partition('-')[2] or 'list'}")


def _set(target: App, key: str, value: str | None) -> None:
    holder.change(target, f"proxy:set {key}", lambda: SETTINGS.set(target, key, value))


def _build(target: App) -> None:
    output.step(f"Building {target.name} proxy config")
    holder.rebuild(target)


def _clear(target: App) -> None:
    output.step(f"Clearing {target.name} proxy config")
    hooks.act(hookspecs.proxy_clear_config, target)


def _enable(target: App) -> None:
    output.step(f"Enabling proxy for app ({target.name})")
    _set(target, "disabled", "false")


def _disable(target: App) -> None:
    output.step(f"Disabling proxy for app ({target.name})")
    _set(target, "disabled", "true")


def _urls(name: str) -> list[str]:
    target = apps.load(name)
    if not (found := hooks.gather(hookspecs.app_urls, target)):
        disabled = holder.is_disabled(target)
        raise PaasError(
            f"Nothing leads to {name}{': its proxy is disabled' if disabled else ''}.",
            hint=f"proxy:enable {name}" if disabled else f"See domains:report {name} and ports:report {name}",
        )
    return found


def _report(target: App) -> dict[str, str]:
    return {"enabled": "false" if holder.is_disabled(target) else "true"} | SETTINGS.report(target)


reports.add_command(app, "proxy", _report, SETTINGS.report_global)
