"""The domains: commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from paas import App, PaasError, UsageError, apps, output, reports
from paas.params import AllApps, AppName, OptionalAppName

from . import domains

app = typer.Typer(help="The host names that lead to an app.")
Domains = Annotated[list[str], typer.Argument(metavar="DOMAIN...", help="Such as shop.example.com.")]


@app.command("add")
def add(name: AppName, words: Domains) -> None:
    """Have more domains lead to an app."""
    target, named = apps.load(name), domains.checked(words)
    known = domains.of(target)
    domains.change(target, "add", named, lambda now: list(dict.fromkeys([*now, *named])))
    for domain in named:
        output.step(f"Skipping: {domain} already added to {name}" if domain in known else f"Added {domain} to {name}")


@app.command("remove")
def remove(name: AppName, words: Domains) -> None:
    """Have domains no longer lead to an app."""
    target, named = apps.load(name), domains.checked(words)
    if missing := [domain for domain in named if domain not in domains.of(target)]:
        raise PaasError(f"{missing[0]} does not lead to {name}.", hint=f"See domains:report {name}")
    domains.change(target, "remove", named, lambda now: [domain for domain in now if domain not in named])
    for domain in named:
        output.step(f"Removed {domain} from {name}")


@app.command("set")
def replace(name: AppName, words: Domains) -> None:
    """Have these domains lead to an app and no others."""
    target, named = apps.load(name), domains.checked(words)
    domains.change(target, "set", named, lambda _: named)
    output.step(f"Set {', '.join(named)} for {name}")


@app.command("clear")
def clear(
    name: OptionalAppName = None,
    every: AllApps = False,
) -> None:
    """Have no domain lead to an app."""
    for target in _targets(name, every):
        domains.change(target, "clear", (), lambda _: [])
        output.step(f"Cleared domains in {target.name}")


@app.command("reset")
def reset(name: AppName) -> None:
    """Have an app's name below the global domains lead to it."""
    domains.change(apps.load(name), "reset", (), lambda _: None)
    output.step(f"Reset domains in {name}")


@app.command("setup", hidden=True)
def setup(name: AppName) -> None:
    """Nothing is left to do: domains are derived when they are needed."""
    apps.load(name)


@app.command("enable")
def enable(name: OptionalAppName = None, every: AllApps = False) -> None:
    """Have an app reached by its domains."""
    for target in _targets(name, every):
        domains.turn(target, on=True)
        output.step(f"Enabled domains for {target.name}")


@app.command("disable")
def disable(name: OptionalAppName = None, every: AllApps = False) -> None:
    """Have an app reached by a port of its own instead of its domains."""
    for target in _targets(name, every):
        domains.turn(target, on=False)
        output.step(f"Disabled domains for {target.name}")


@app.command("add-global")
def add_global(words: Domains) -> None:
    """Have every app that has no domains of its own be reached below more domains."""
    _everywhere([*domains.everywhere(), *domains.checked(words)])


@app.command("remove-global")
def remove_global(words: Domains) -> None:
    """Take away global domains."""
    named = domains.checked(words)
    if missing := [domain for domain in named if domain not in domains.everywhere()]:
        raise PaasError(f"{missing[0]} is not a global domain.", hint="See domains:report --global")
    _everywhere([domain for domain in domains.everywhere() if domain not in named])


@app.command("set-global")
def set_global(words: Domains) -> None:
    """Replace the global domains."""
    _everywhere(domains.checked(words))


@app.command("clear-global")
def clear_global() -> None:
    """Have no global domain."""
    _everywhere([])


def _everywhere(wanted: Sequence[str]) -> None:
    unique = list(dict.fromkeys(wanted))
    domains.set_everywhere(unique)
    output.step(f"Set {', '.join(unique)}" if unique else "Cleared global domains")


def _targets(name: str | None, every: bool) -> list[App]:
    if every:
        return apps.visible()
    if not name:
        raise UsageError("Name an app, or use --all.")
    return [apps.load(name)]


def _report(target: App) -> dict[str, str]:
    return {
        "app-enabled": "true" if domains.enabled(target) else "false",
        "app-vhosts": " ".join(domains.of(target)),
    } | _report_global()


def _report_global() -> dict[str, str]:
    everywhere = domains.everywhere()
    return {"global-enabled": "true" if everywhere else "false", "global-vhosts": " ".join(everywhere)}


reports.add_command(app, "domains", _report, _report_global)
