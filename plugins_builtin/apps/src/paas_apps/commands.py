"""The apps: commands."""

from __future__ import annotations

import sys
import time
from typing import Annotated

import typer

from paas import App, PaasError, apps, lifecycle, output, reports, settings, state
from paas.context import current
from paas.params import AppName, Format, NewAppName, OutputFormat

from . import lock as locking
from .settings import SETTINGS

app = typer.Typer(help="Create, list, rename, clone, lock and destroy apps.")
SkipDeploy = Annotated[bool, typer.Option("--skip-deploy", help="Leave it to the next deploy.")]


@app.command("apps", hidden=True)
def bare() -> None:
    """List the apps."""
    listing()


@app.command("create")
def create(name: AppName) -> None:
    """Create an app, for a push or other commands to come."""
    output.step(f"Creating {name}...")
    lifecycle.create(name)


@app.command("destroy")
def destroy(name: AppName, force: Annotated[bool, typer.Option("--force", help="Don't ask.")] = False) -> None:
    """Destroy an app with everything of it but its services and storage."""
    target = apps.load(name)
    if not (force or current().flags.force):
        _confirm(name)
    output.step(f"Destroying {name} (including all add-ons)")
    lifecycle.destroy(target)


@app.command("list")
def listing(format: OutputFormat = Format.stdout) -> None:
    """List the apps."""
    names = [app.name for app in apps.visible()]
    if format is Format.json:
        return output.data(names)
    if not names:
        return output.warn("You haven't deployed any applications yet")
    output.result("My Apps")
    for name in names:
        output.line(name)


@app.command("exists")
def exists(name: AppName) -> None:
    """Succeed if the app exists; fail with code 20 if not."""
    apps.load(name)


@app.command("rename")
def rename(name: AppName, new: NewAppName, skip_deploy: SkipDeploy = False) -> None:
    """Give an app another name; its settings, releases and repository go with it."""
    target = apps.load(name)
    output.step(f"Renaming {name} to {new}")
    try:
        lifecycle.rename(target, new, deploy=not skip_deploy)
    except PaasError as error:
        if (now := apps.by_id(target.id)) and now.name != name:
            raise HalfDone(
                f"{name} is {new} now, but its processes still run under the old name", f"ps:restart {new}", error
            ) from error
        raise


@app.command("clone")
def clone(
    name: AppName,
    new: NewAppName,
    skip_deploy: SkipDeploy = False,
    ignore_existing: Annotated[bool, typer.Option("--ignore-existing", help="A taken name is no error.")] = False,
) -> None:
    """Create an app with the settings and the code of another."""
    target = apps.load(name)
    if ignore_existing and apps.find(new):
        return output.warn(f"{new} exists already; nothing was cloned.")
    output.step(f"Cloning {name} to {new}")
    before = apps.find(new)
    try:
        lifecycle.clone(target, new, deploy=not skip_deploy)
    except PaasError as error:
        if not before and apps.find(new):
            raise HalfDone(f"{new} was created, but it could not be deployed", f"ps:rebuild {new}", error) from error
        raise


@app.command("lock")
def lock(name: AppName) -> None:
    """Refuse every deploy of a new source until apps:unlock."""
    locking.put(apps.load(name))
    output.step(f"Deploy lock created for {name}")


@app.command("unlock")
def unlock(name: AppName) -> None:
    """Let deploys in again."""
    locking.take_away(apps.load(name))
    output.step(f"Deploy lock removed from {name}")


@app.command("locked")
def locked(name: AppName) -> None:
    """Succeed if apps:lock has locked the app."""
    if not (note := locking.note(apps.load(name))):
        raise PaasError(f"{name} is not locked.")
    output.step(f"Deploy lock exists ({note})")


class HalfDone(PaasError):
    """The app is as it was asked for, and only its processes are not."""

    def __init__(self, what: str, remedy: str, cause: PaasError) -> None:
        then = f"Once that is mended: {remedy}"
        super().__init__(f"{what}: {cause.message}", hint=f"{cause.hint}\n{then}" if cause.hint else then)


def _confirm(name: str) -> None:
    """Have the name typed on standard input, which may be a pipe."""
    output.warn(
        "WARNING: Potentially Destructive Action",
        f"This command will destroy {name} (including all add-ons).\nTo proceed, type {name}",
    )
    output.raw("> ")
    if sys.stdin.readline().strip() != name:
        raise PaasError(f"Confirmation did not match {name}. Aborted.", hint=f"Add --force to destroy {name} unasked.")


def _report(target: App) -> dict[str, str]:
    kept = state.properties("apps", target.owner)
    return {
        "created-at": str(int(target.created_at)),
        "deploy-source": kept.get("deploy-source", ""),
        "deploy-source-metadata": kept.get("deploy-source-metadata", ""),
        "dir": str(current().paths.app(target.name)),
        "locked": "true" if "lock" in kept else "false",
        "locked-since": time.strftime("%FT%TZ", time.gmtime(kept["lock"]["at"])) if "lock" in kept else "",
    }


reports.add_command(app, "apps", _report, SETTINGS.report_global, word="app")
settings.add_command(app, SETTINGS, applies="the next push")
