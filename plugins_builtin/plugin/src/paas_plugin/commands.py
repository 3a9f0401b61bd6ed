"""The plugin: commands."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from paas import PaasError, hooks, output
from paas.context import current
from paas.params import PASS_ON, Format, OutputFormat

app = typer.Typer(help="List, install, enable, disable and uninstall plugins.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the plugin.")]
Force = Annotated[bool, typer.Option("--force", help="Even if it is builtin, or others need it.")]
Committish = Annotated[str | None, typer.Option("--committish", help="What to check out of a git repository.")]


@app.command("list")
def listing(format: OutputFormat = Format.stdout) -> None:
    """List the plugins in the order in which their hooks are called."""
    from . import listing

    found = listing.all()
    if format is Format.json:
        return output.data([asdict(plugin) | {"enabled": plugin.state == "enabled"} for plugin in found])
    rows = [(f"  {p.name}", p.version, p.state, p.origin, p.reason or p.description) for p in found]
    output.table(rows)


@app.command("installed")
def installed(name: Name) -> None:
    """Succeed if a plugin is installed."""
    from . import listing

    listing.find(name)


@app.command("install")
def install(
    origin: Annotated[
        str,
        typer.Argument(metavar="NAME|PATH|URL", help="A plugin of ours, or the folder, wheel or git URL of another."),
    ],
    committish: Committish = None,
    expected: Annotated[str | None, typer.Option("--name", help="The name that the plugin must have.")] = None,
    skip_trigger: Annotated[
        bool, typer.Option("--skip-install-trigger", help="Don't have the plugins prepare the server.")
    ] = False,
) -> None:
    """Install a plugin, as a new generation of the program."""
    _on_the_server()
    from . import change

    output.step(f"Installing {origin}")
    names = change.install(origin, committish, expected=expected, prepare=not skip_trigger)
    output.result(f"Installed {', '.join(names)}")


@app.command("install-dependencies", hidden=True)
def install_dependencies(
    core: Annotated[bool, typer.Option("--core", help="Of plugins that come with paas.")] = False,
) -> None:
    """For scripts of Dokku's: there is nothing to do, since what plugins need is installed with them."""
    _on_the_server()
    output.step("What plugins need is installed with them")


@app.command("update")
def update(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Name of the plugin; none means all.")] = None,
    committish: Annotated[str | None, typer.Argument(metavar="[COMMITTISH]")] = None,
) -> None:
    """Install plugins anew from where they came; those that came with paas are updated with it."""
    _on_the_server()
    from . import change

    for each in [name] if name else change.updatable():
        output.step(f"Updating {each}")
        output.result(f"{each} is at {change.update(each, committish).version}")


@app.command("uninstall")
def uninstall(name: Name) -> None:
    """Take a plugin off the server; its settings stay."""
    _on_the_server()
    from . import change, hookspecs, switch

    hooks.plugins()  # loaded before the change, to tell them of it
    output.step(f"Uninstalling {name}")
    change.uninstall(name)
    hooks.tell(hookspecs.uninstall, name)
    switch.forget(name)
    output.result(f"Uninstalled {name}")


@app.command("enable")
def enable(name: Name) -> None:
    """Take a plugin into use that was disabled."""
    _on_the_server()
    from . import switch

    switch.enable(name)
    output.step(f"Plugin {name} enabled")


@app.command("disable")
def disable(name: Name, force: Force = False) -> None:
    """Leave a plugin out of everything; it stays installed."""
    _on_the_server()
    from . import switch

    switch.disable(name, force=force or current().flags.force)
    output.step(f"Plugin {name} disabled")


@app.command("trigger", context_settings=PASS_ON)
def trigger(
    hook: Annotated[str, typer.Argument(metavar="HOOK", help="Such as post_deploy.")],
    words: Annotated[list[str] | None, typer.Argument(metavar="[ARGUMENT]...")] = None,
) -> None:
    """Fire a hook by its name; an app is given by its name."""
    _on_the_server()
    from . import firing

    for line in firing.fire(hook.replace("-", "_"), words or []):
        output.line(line)


def _on_the_server() -> None:
    """A key must not bring code of its own."""
    if current().caller.is_remote:
        raise PaasError("Plugins are changed on the server itself.", hint="Run it there, as root.")
