"""The domains: commands."""

from __future__ import annotations

from typing import Annotated

import typer

from paas import App, apps, output, reports, several
from paas.context import current
from paas.params import AllApps, AppName, OptionalAppName

from . import changes, claims, kept, names

app = typer.Typer(help="The host names that lead to an app.")
DomainNames = Annotated[
    list[str], typer.Argument(metavar="DOMAIN...", parser=names.domain, help="Such as shop.example.com or *.shop.com.")
]
GlobalNames = Annotated[
    list[str], typer.Argument(metavar="DOMAIN...", parser=names.global_domain, help="Such as example.com.")
]


@app.command("add")
def add(name: AppName, domains: DomainNames) -> None:
    """Let more domains lead to an app."""
    target = apps.load(name)
    before = kept.of(target).custom
    changes.add(target, domains)
    for domain in domains:
        output.step(f"Skipping: {domain} already added to {name}" if domain in before else f"Added {domain} to {name}")


@app.command("remove")
def remove(name: AppName, domains: DomainNames) -> None:
    """Take domains from an app."""
    target = apps.load(name)
    before = claims.domains(target) or kept.of(target).custom
    changes.remove(target, domains)
    for domain in domains:
        gone = domain in before
        output.step(f"Removed {domain} from {name}" if gone else f"Skipping: {domain} doesn't lead to {name}")


@app.command("set")
def replace(name: AppName, domains: DomainNames) -> None:
    """Let these domains and no others lead to an app."""
    changes.replace_all(apps.load(name), domains)
    output.step(f"Set {' '.join(domains)} for {name}")


@app.command("clear")
def clear(name: OptionalAppName = None, every: AllApps = False) -> None:
    """Leave an app without domains: it is reached by a port of its own."""
    several.each(apps.chosen(name, every), _clear)


@app.command("reset")
def reset(name: AppName) -> None:
    """Leave an app with the domains that it has by itself, one in each global domain."""
    changes.reset(apps.load(name))
    output.step(f"Reset domains in {name}")


@app.command("setup", hidden=True)
def setup(name: AppName) -> None:
    """Give an app that has no domains those that it has by itself."""
    target = apps.load(name)
    if not kept.of(target).custom:
        changes.reset(target)


@app.command("enable")
def enable(name: OptionalAppName = None, every: AllApps = False) -> None:
    """Let an app's domains lead to it again."""
    several.each(apps.chosen(name, every), _enable)


@app.command("disable")
def disable(name: OptionalAppName = None, every: AllApps = False) -> None:
    """Let no domain lead to an app: it is reached by a port of its own. Its domains are kept."""
    several.each(apps.chosen(name, every), _disable)


@app.command("add-global")
def add_global(domains: GlobalNames) -> None:
    """Add domains of the server; apps get their names in them."""
    before = kept.global_domains()
    changes.set_global(list(dict.fromkeys([*before, *domains])), "add-global")
    for domain in domains:
        output.step(f"Skipping: {domain} already added" if domain in before else f"Added {domain}")


@app.command("remove-global")
def remove_global(domains: GlobalNames) -> None:
    """Remove domains of the server; apps lose their names in them."""
    before = kept.global_domains()
    changes.set_global([domain for domain in before if domain not in domains], "remove-global")
    for domain in domains:
        output.step(f"Removed {domain}" if domain in before else f"Skipping: {domain} isn't one of the server's")


@app.command("set-global")
def set_global(domains: GlobalNames) -> None:
    """Replace the domains of the server."""
    changes.set_global(list(dict.fromkeys(domains)), "set-global")
    output.step(f"Set {' '.join(domains)}")


@app.command("clear-global")
def clear_global() -> None:
    """Remove every domain of the server."""
    changes.set_global([], "clear-global")
    output.step("Cleared global domains")


def _clear(target: App) -> None:
    changes.clear(target)
    output.step(f"Cleared domains in {target.name}")


def _enable(target: App) -> None:
    changes.enable(target)
    output.step(f"Enabled domains of {target.name}")


def _disable(target: App) -> None:
    changes.disable(target)
    output.step(f"Disabled domains of {target.name}")


def _report(target: App) -> dict[str, str]:
    owners = current().resource("domains.owners", claims.owners)
    return {
        "app-enabled": "true" if kept.of(target).enabled else "false",
        "app-vhosts": " ".join(claims.domains(target, owners)),
        **_report_global(),
    }


def _report_global() -> dict[str, str]:
    found = kept.global_domains()
    return {"global-enabled": "true" if found else "false", "global-vhosts": " ".join(found)}


reports.add_command(app, "domains", _report, _report_global)
