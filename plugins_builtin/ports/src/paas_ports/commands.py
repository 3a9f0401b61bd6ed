"""The ports: commands."""

from __future__ import annotations

from typing import Annotated

import typer

from paas import App, PaasError, apps, output, reports
from paas.params import AppName

from . import ports

app = typer.Typer(help="Which ports of the server lead to which ports of an app.")
Mappings = Annotated[list[str], typer.Argument(metavar="SCHEME:HOST-PORT:APP-PORT...", help="Such as http:80:5000.")]


@app.command("add")
def add(name: AppName, words: Mappings) -> None:
    """Map more ports."""
    added = [ports.parse(word) for word in words]
    ports.change(apps.load(name), "add", lambda now: ports.without_duplicates([*now, *added]))


@app.command("set")
def replace(name: AppName, words: Mappings) -> None:
    """Map these ports and no others."""
    wanted = [ports.parse(word) for word in words]
    ports.change(apps.load(name), "set", lambda _: ports.without_duplicates(wanted))


@app.command("remove")
def remove(
    name: AppName,
    words: Annotated[list[str], typer.Argument(metavar="HOST-PORT|MAPPING...", help="Such as 80 or http:80:5000.")],
) -> None:
    """Take mappings away, by the server's port or as a whole."""
    target = apps.load(name)
    for word in words:
        if not any(word in (str(mapping), str(mapping.host)) for mapping in ports.configured(target)):
            raise PaasError(f"{word} is not mapped for {name}.", hint=f"See ports:list {name}")
    ports.change(target, "remove", lambda now: [m for m in now if not {str(m), str(m.host)} & set(words)])


@app.command("clear")
def clear(name: AppName) -> None:
    """Forget what was set; the app gets what its image exposes."""
    ports.change(apps.load(name), "clear", lambda _: [])


@app.command("list")
def listing(name: AppName) -> None:
    """List the mappings that are in force."""
    target = apps.load(name)
    output.step(f"Port mappings for {name}")
    output.table([("scheme", "host port", "container port"), *_rows(target)], gap=2)


def _rows(target: App) -> list[tuple[str, str, str]]:
    live = apps.live_release(target)
    return [(m.scheme, str(m.host), str(m.container)) for m in ports.of(target, live.image if live else None)]


def _report(target: App) -> dict[str, str]:
    live = apps.live_release(target)
    return {
        "map": " ".join(map(str, ports.configured(target))),
        "map-detected": " ".join(map(str, ports.detected(target, live.image if live else None))),
    }


reports.add_command(app, "ports", _report)
