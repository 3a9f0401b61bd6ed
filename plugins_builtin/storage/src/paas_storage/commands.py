"""The storage: commands."""

from __future__ import annotations

from typing import Annotated

import typer

from paas import App, apps, output, reports
from paas.context import current
from paas.params import AppName
from paas.state import GLOBAL

from . import attaching, folders, kept, owners, places, settings, showing, specs, volumes, words
from .kept import Attachment, Volume
from .words import Chown, Inside, Name, Phase, Refused, RefusedList, Scheduler, Text, TextFormat, Where

app = typer.Typer(help="Folders that outlive the containers of an app.")


@app.command("mount")
def mount(
    name: AppName,
    where: Where,
    container_dir: Inside = None,
    phases: Annotated[list[Phase] | None, typer.Option("--phase", help="Only then; may be repeated.")] = None,
    processes: Annotated[
        list[str] | None, typer.Option("--process-type", help="Only for processes of this type; may be repeated.")
    ] = None,
    subpath: Annotated[str, typer.Option("--volume-subpath", parser=specs.below, help="A folder in it.")] = "",
    readonly: Annotated[bool, typer.Option("--volume-readonly", help="Let nothing be written to it.")] = False,
    chown: Annotated[
        str | None, typer.Option("--volume-chown", parser=owners.checked, help="To whom it is given when it is made.")
    ] = None,
    options: Annotated[
        str | None, typer.Option("--volume-options", parser=specs.options, help="Docker's, with commas.")
    ] = None,
) -> None:
    """Have an app's containers see a folder, from their next start on (ps:restart).

    The folder is made when a container first needs it.
    """
    target = apps.load(name)
    spec = words.spec(where, container_dir)
    wanted = Attachment(
        source=places.translated(spec.source),
        target=spec.target,
        options=words.options("ro" if readonly else "", spec.options, options),
        phases=tuple(sorted({phase.value for phase in phases})) if phases else kept.PHASES,
        processes=tuple(dict.fromkeys(map(words.process_type, processes or ()))),
        subpath=subpath,
        chown=chown or "",
    )
    attaching.attach(target, wanted, anew=":" not in where)
    _say(target, spec.source, wanted, quietly=":" in where)


@app.command("unmount")
def unmount(name: AppName, where: Where, container_dir: Inside = None) -> None:
    """Have an app's containers not see a folder any more, from their next start on (ps:restart)."""
    target = apps.load(name)
    spec = specs.parse(where) if ":" in where else None
    source = spec.source if spec else specs.source(where)
    at, options = (spec.target, spec.options) if spec else (container_dir, None)
    attaching.detach(target, places.translated(source), at, options)


@app.command("list")
def listing(name: AppName, format: TextFormat = Text.text) -> None:
    """List what an app's containers see."""
    found = kept.of(apps.load(name))
    if format is Text.json:
        return output.data([showing.mount(each) for each in found])
    output.step(f"{name} volume bind-mounts:")
    for each in found:
        output.indented(showing.line(each))


@app.command("ensure-directory")
def ensure_directory(
    directory: Annotated[str, typer.Argument(metavar="DIRECTORY", help="Name of a folder below storage/.")],
    chown: Chown = None,
) -> None:
    """Make a folder for apps to mount, and give it and all in it to the account that images run as."""
    path = words.folder(directory)
    places.require_allowed(path)
    attaching.require_share(None, path)
    if not folders.is_there(path):
        folders.ensure(path, chown or owners.DEFAULT)
    folders.give(path, chown or owners.DEFAULT)
    output.step(f"Ensured {path}")
    output.detail(f"Mount it with storage:mount APP {path}:/PATH/IN/CONTAINER")


@app.command("create")
def create(
    name: Name,
    path: Annotated[str | None, typer.Argument(metavar="[PATH]", help="Where it is, else below storage/.")] = None,
    scheduler: Scheduler = "docker-local",
    chown: Chown = None,
    mode: Annotated[str | None, typer.Option("--mode", parser=specs.mode, help="Its permissions, in octal.")] = None,
    size: Refused = None,
    access_mode: Refused = None,
    storage_class_name: Refused = None,
    namespace: Refused = None,
    reclaim_policy: Refused = None,
    annotation: RefusedList = None,
    label: RefusedList = None,
) -> None:
    """Make a volume: a folder with a name. Again, it stays as it is."""
    volumes.require_local(scheduler)
    refused = (access_mode, annotation, label, namespace, reclaim_policy, size, storage_class_name)
    for key, value in zip(volumes.KUBERNETES, refused, strict=True):
        if value:
            raise volumes.not_here(f"--{key}")
    place = places.translated(specs.source(path)) if path else volumes.home(name)
    volumes.create(Volume(name, place, chown or owners.DEFAULT, mode or ""))
    output.step(f"{name} is {kept.volume(name).path}")


@app.command("destroy")
def destroy(
    name: Name,
    force: Annotated[bool, typer.Option("--force", help="Don't ask.")] = False,
    destroy_host_dir: Annotated[bool, typer.Option("--destroy-host-dir", help="Remove its folder too.")] = False,
) -> None:
    """Forget a volume that no app has mounted; its folder stays unless you say otherwise."""
    volume = kept.volume(name)
    volumes.require_unused(name)
    if not (force or current().flags.force):
        _confirm(volume, "with all that lies in it" if destroy_host_dir else "its folder stays")
    volumes.destroy(volume, folder=destroy_host_dir)
    output.step(f"Destroyed {name}")


@app.command("info")
def info(name: Name, format: TextFormat = Text.text) -> None:
    """Show a volume."""
    found = showing.volume(kept.volume(name))
    if format is Text.json:
        return output.data(found)
    labels = {key.capitalize(): " ".join(value) if key == "apps" else value for key, value in found.items()}
    output.fields(f"{name} storage information", labels)


@app.command("list-entries")
def list_entries(scheduler: Scheduler = "docker-local", format: TextFormat = Text.text) -> None:
    """List the volumes."""
    volumes.require_local(scheduler)
    found = kept.volumes()
    if format is Text.json:
        return output.data([showing.volume(each) for each in found])
    output.step("Volumes:")
    if found:
        output.table([(f"       {each.name}", each.path) for each in found])


@app.command("set")
def set(
    given: Annotated[list[str], typer.Argument(metavar="NAME KEY [VALUE]", help="No value clears it.")],
    everywhere: Annotated[bool, typer.Option("--global", help="Instead of a name: for all apps.")] = False,
) -> None:
    """Change the owner or the mode of a volume, or which folders of the server apps may mount.

    KEY is chown or mode; with --global it is allowed-roots, paths with a colon between them, which root alone sets
    on the server.
    """
    name, key, value = words.three(["--global", *given] if everywhere else given)
    if everywhere:
        settings.require_root()
        settings.SETTINGS.set(GLOBAL, key, value)
    else:
        volumes.change(kept.volume(specs.name(name)), key, value)
    output.step(f"Setting {key} to {value}" if value else f"Unsetting {key}")


@app.command("exec")
def execute(
    name: Name,
    command: Annotated[list[str] | None, typer.Argument(metavar="[-- COMMAND...]", help="What to run.")] = None,
    image: Annotated[str, typer.Option("--image", help="The image to run it in.")] = "alpine:3",
    as_user: Annotated[str | None, typer.Option("--as-user", help="The user, or UID:GID, to run it as.")] = None,
) -> None:
    """Run a command in a container that sees a volume, at /storage; its exit code is that of the command."""
    from . import running

    running.run(kept.volume(name), image, command or ["sh"], as_user)


reports.add_command(app, "storage", showing.report, showing.report_global)


def _say(target: App, typed: str, wanted: Attachment, *, quietly: bool) -> None:
    if wanted.source != typed:
        output.step(f"{typed} is {wanted.source} here")
    if "build" in wanted.phases:
        output.step("Builds see it where the builder can mount folders; those of a Dockerfile can't")
    if not quietly:
        output.step(f"Mounted {wanted.path} for {target.name}")


def _confirm(volume: Volume, about: str) -> None:
    """Have the name typed on standard input, which may be a pipe."""
    import sys

    from paas import PaasError

    output.warn("WARNING: Potentially Destructive Action", f"This will destroy {volume.name} ({about}).")
    output.warn(f"To proceed, type {volume.name}")
    output.raw("> ")
    if sys.stdin.readline().strip() != volume.name:
        raise PaasError(
            f"Confirmation did not match {volume.name}. Aborted.", hint=f"Add --force to destroy {volume.name} unasked."
        )
