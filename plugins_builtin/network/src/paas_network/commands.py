"""The network: commands."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from paas import App, PaasError, UsageError, apps, authorization, lifecycle, output, reports
from paas.context import current
from paas.params import AppName, AppOrGlobal, SettingKey
from paas.state import GLOBAL

from . import attaching, listeners, networks, settings
from .settings import JOINED, SETTINGS

app = typer.Typer(help="Networks in which apps find each other by name.")


class Text(StrEnum):
    text = "text"
    json = "json"


TextFormat = Annotated[Text, typer.Option("--format", help="How to print it.")]
Managed = Annotated[bool, typer.Option("--dokku-managed", "--managed", help="Only what network:create made.")]
Existing = Annotated[str, typer.Argument(metavar="NETWORK", help="Name of a network.")]
Name = Annotated[str, typer.Argument(metavar="NETWORK", parser=settings.name, help="Name of a network.")]


@app.command("create")
def create(name: Name) -> None:
    """Make a network that apps can be attached to."""
    output.step(f"Creating network {name}")
    networks.create(name)


@app.command("destroy")
def destroy(name: Name, force: Annotated[bool, typer.Option("--force", help="Don't ask.")] = False) -> None:
    """Remove a network that no app is attached to."""
    networks.require_removable(name)
    if not (force or current().flags.force):
        _confirm(name)
    output.step(f"Destroying network {name}")
    networks.destroy(name)


@app.command("exists")
def exists(name: Existing) -> None:
    """Succeed if there is a network of that name."""
    if not networks.exists(name):
        raise PaasError("Network does not exist")
    output.line("Network exists")


@app.command("info")
def info(name: Existing, format: TextFormat = Text.text) -> None:
    """Show a network."""
    found = networks.load(name)
    managed = networks.is_ours(found.name, found.labels)
    values = {"id": found.id, "name": found.name, "driver": found.driver, "scope": found.scope, "managed": managed}
    if format is Text.json:
        return output.data({**values, "subnets": list(found.subnets), "containers": list(found.containers)})
    shown = {**values, "managed": str(managed).lower(), "subnets": " ".join(found.subnets)}
    shown["containers"] = " ".join(found.containers)
    output.fields(f"{found.name} network information", {key.capitalize(): str(value) for key, value in shown.items()})


@app.command("list")
def list_(format: TextFormat = Text.text, managed: Managed = False) -> None:
    """List the networks of this server."""
    from paas_docker.api import engine

    found = sorted((name, networks.is_ours(name, labels)) for name, labels in engine().networks())
    shown = [(name, is_ours) for name, is_ours in found if is_ours or not managed]
    if format is Text.json:
        return output.data([{"name": name, "managed": is_ours} for name, is_ours in shown])
    output.result("Networks")
    for name, _ in shown:
        output.line(name)


@app.command("rebuild")
def rebuild(name: AppName) -> None:
    """Have what runs of an app join the networks that are set for it, and its proxy follow."""
    _rebuild(apps.load(name))


@app.command("rebuildall")
def rebuildall() -> int:
    """Do so for all apps; the exit code is the number of those for which it failed."""
    failed = 0
    for target in apps.visible():
        try:
            _rebuild(target)
        except PaasError as error:
            output.warn(f"{target.name}: {error.message}", error.hint)
            failed += 1
    return min(failed, 100)


@app.command("set")
def set(
    name: AppOrGlobal,
    key: SettingKey,
    values: Annotated[list[str] | None, typer.Argument(metavar="[VALUE]...", help="None clears it.")] = None,
) -> None:
    """Set or clear which networks an app is in, from its next deploy or network:rebuild on.

    attach-post-create and attach-post-deploy take several networks. Also: bind-all-interfaces, initial-network,
    static-web-listener, tld.
    """
    value = " ".join(values or ())
    if len(values or ()) > 1 and not key.startswith("attach-"):
        raise UsageError(f"{key} takes one value.")
    if key in JOINED:
        for network in settings.names(value).split():
            networks.require_attachable(network)
    if key == "static-web-listener" and name != GLOBAL:
        _send_elsewhere(apps.load(name), value)
    else:
        SETTINGS.set(apps.owner(name), key, value)
    output.step(f"Setting {key} to {value}" if value else f"Unsetting {key}")


def _send_elsewhere(target: App, value: str) -> None:
    if value:
        # nginx reaches what no container can, such as what listens on the server's own loopback device.
        authorization.require_root(
            "A static-web-listener sends requests to anything that the server reaches, which is for root to do.",
            hint="Run the command on the server as root.",
        )
    change = lambda: SETTINGS.set(target, "static-web-listener", value)  # noqa: E731
    lifecycle.reroute(target, "network", "network:set", change)


def _rebuild(target: App) -> None:
    output.step(f"Rebuilding the networks of {target.name}")
    with lifecycle.deploying(target, "network:rebuild") as locked:
        attaching.rebuild(locked)
    lifecycle.reroute(target, "network", "network:rebuild", lambda: None)


def _confirm(name: str) -> None:
    """Have the name typed on standard input, which may be a pipe."""
    import sys

    output.warn("WARNING: Potentially Destructive Action", f"This command will destroy network {name}.")
    output.warn(f'To proceed, type "{name}"')
    output.raw("> ")
    if sys.stdin.readline().strip() != name:
        raise PaasError(f"Confirmation did not match {name}. Aborted.", hint="Add --force to destroy it unasked.")


def _report(target: App) -> dict[str, str]:
    return {**SETTINGS.report(target), "web-listeners": listeners.web(target)}


reports.add_command(app, "network", _report, SETTINGS.report_global)
