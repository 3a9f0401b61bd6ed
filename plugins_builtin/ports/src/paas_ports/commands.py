"""The ports: commands."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from paas import App, PaasError, PortMapping, apps, output, releases, reports
from paas.params import AppName, Format, OutputFormat

from . import ports
from .mappings import parse

app = typer.Typer(help="Which ports of the server lead to which ports of an app.")
Mappings = Annotated[list[str], typer.Argument(metavar="SCHEME:HOST-PORT:APP-PORT...", help="Such as http:80:5000.")]
Unwanted = Annotated[list[str], typer.Argument(metavar="HOST-PORT|MAPPING...", help="Such as 80 or http:80:5000.")]


@app.command("add")
def add(name: AppName, mappings: Mappings) -> None:
    """Map more ports."""
    added = [parse(word) for word in mappings]
    ports.change(apps.load(name), "add", lambda now: list(dict.fromkeys([*now, *added])))
    output.step(f"Added {' '.join(map(str, added))} to {name}")


@app.command("set")
def replace(name: AppName, mappings: Mappings) -> None:
    """Map these ports and no others."""
    wanted = [parse(word) for word in mappings]
    ports.change(apps.load(name), "set", lambda _: wanted)
    output.step(f"Set {' '.join(map(str, wanted))} for {name}")


@app.command("remove")
def remove(name: AppName, unwanted: Unwanted) -> None:
    """Take mappings away, by the server's port or as a whole."""
    target = apps.load(name)

    def without(now: list[PortMapping]) -> list[PortMapping]:
        for word in unwanted:
            if not any(word in (str(m), str(m.host)) for m in now):
                raise PaasError(f"{word} is not mapped for {name}.", hint=f"See ports:report {name}")
        return [m for m in now if str(m) not in unwanted and str(m.host) not in unwanted]

    ports.change(target, "remove", without)
    output.step(f"Removed {' '.join(unwanted)} from {name}")


@app.command("clear")
def clear(name: AppName) -> None:
    """Forget what was set: the app has the usual ports, or one of its own."""
    ports.change(apps.load(name), "clear", lambda _: [])
    output.step(f"Cleared the ports of {name}")


@app.command("list")
def listing(name: AppName, format: OutputFormat = Format.stdout) -> None:
    """List the mappings that hold for an app."""
    mappings = _mappings(apps.load(name))
    if format is Format.json:
        return output.data([asdict(mapping) for mapping in mappings])
    output.step(f"Port mappings for {name}")
    rows = [(m.scheme, str(m.host), str(m.container)) for m in mappings]
    output.table([("-----> scheme", "host port", "container port"), *rows])


def _mappings(target: App) -> list[PortMapping]:
    live = releases.live(target)
    return ports.of(target, live.image if live else None)


def _report(target: App) -> dict[str, str]:
    live = releases.live(target)
    return {
        "map": " ".join(map(str, ports.configured(target))),
        "map-detected": " ".join(map(str, ports.detected(target, live.image if live else None))),
    }


reports.add_command(app, "ports", _report)
