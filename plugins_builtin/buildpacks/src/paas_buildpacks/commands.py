"""The buildpacks: commands."""

from __future__ import annotations

from typing import Annotated

import typer

from paas import App, PaasError, UsageError, apps, hooks, hookspecs, output, reports
from paas.params import AppName, AppOrGlobal, Format, OutputFormat
from paas_builder_herokuish.api import detect as detect_in
from paas_builder_herokuish.api import parse, require_reachable

from . import kept
from .settings import SETTINGS

app = typer.Typer(help="Which buildpacks build an app, and in which image.")

Pack = Annotated[str, typer.Argument(metavar="BUILDPACK", help="URL[#REF[:FOLDER]], or ORG/NAME.")]
Index = Annotated[int | None, typer.Option("--index", min=1, help="Which place in the list, from 1.")]


@app.command("add")
def add(name: AppName, pack: Pack, index: Index = None) -> None:
    """Put a buildpack into an app's list: behind the others, or at a place; it applies with the next build."""
    target = apps.load(name)
    wanted = str(parse(pack))
    listed = kept.with_one_more(kept.of(target), wanted, index)
    require_reachable(target, parse(pack))
    kept.keep(target, listed)
    output.step(f"Adding {wanted} to the buildpacks of {target.name}")


@app.command("set")
def set(
    name: AppName,
    packs: Annotated[list[str], typer.Argument(metavar="BUILDPACK...", help="URL[#REF[:FOLDER]], or ORG/NAME.")],
    index: Index = None,
    replace: Annotated[bool, typer.Option("--replace", help="The whole list, with all that are given.")] = False,
) -> None:
    """Put a buildpack in the place of another, the first if none is said; or replace the whole list."""
    target = apps.load(name)
    wanted = list(dict.fromkeys(str(parse(pack)) for pack in packs))
    if replace and index is not None:
        raise UsageError("--replace is of the whole list, so --index has no place beside it.")
    if not replace and len(packs) > 1:
        raise UsageError("Only one buildpack takes a place.", hint="Replace the whole list with --replace.")
    listed = wanted if replace else kept.with_another(kept.of(target), wanted[0], index or 1)
    for pack in wanted:
        require_reachable(target, parse(pack))
    kept.keep(target, listed)
    output.step(f"Setting the buildpacks of {target.name}")
    for pack in listed:
        output.detail(pack)


@app.command("remove")
def remove(
    name: AppName,
    pack: Annotated[str | None, typer.Argument(metavar="[BUILDPACK]", help="As it stands in the list.")] = None,
    index: Index = None,
) -> None:
    """Take a buildpack out of an app's list, by its URL or by its place."""
    target = apps.load(name)
    if (pack is None) is (index is None):
        raise UsageError("Give either a buildpack or --index, and not both.")
    listed = kept.of(target)
    place = kept.place_of(target, pack, index)
    kept.keep(target, [*listed[:place], *listed[place + 1 :]])
    output.step(f"Removing {listed[place]}")


@app.command("clear")
def clear(name: AppName) -> None:
    """Forget an app's list, so that what its source says holds again."""
    target = apps.load(name)
    kept.keep(target, [])
    output.step(f"Clearing the buildpacks of {target.name}")


@app.command("list")
def listing(name: AppName, format: OutputFormat = Format.stdout) -> None:
    """Print an app's list of buildpacks, in the order in which they run."""
    target = apps.load(name)
    if format is Format.json:
        return output.data(kept.of(target))
    output.step(f"{target.name} buildpack urls")
    for pack in kept.of(target):
        output.detail(pack)


@app.command("set-property")
def set_property(
    name: AppOrGlobal,
    key: Annotated[str, typer.Argument(metavar="KEY", help="It is stack.")],
    value: Annotated[str, typer.Argument(metavar="[VALUE]", help="An image; none clears it.")] = "",
) -> None:
    """Choose the image in which buildpacks run; the next build with another one begins with an empty cache."""
    SETTINGS.set(apps.owner(name), key, value)
    output.step(f"Setting {key} to {value}" if value else f"Unsetting {key}")


@app.command("detect")
def detect(
    name: AppName,
    branch: Annotated[str | None, typer.Option("--branch", help="Of the app's repository; else what deploys.")] = None,
) -> None:
    """Say which buildpack fits what an app's repository holds, and build nothing."""
    target = apps.load(name)
    source = hooks.ask(hookspecs.source_of, target, f"refs/heads/{branch}" if branch else "")
    if source is None:
        raise PaasError(
            f"{target.name} has no branch {branch}." if branch else f"Nothing was pushed to {target.name}.",
            hint="Push it first.",
        )
    with source as found:
        detect_in(target, hooks.refine(hookspecs.post_extract, found, target))


def _report(target: App) -> dict[str, str]:
    return {**SETTINGS.report(target), "list": ",".join(kept.of(target))}


reports.add_command(app, "buildpacks", _report, SETTINGS.report_global)
