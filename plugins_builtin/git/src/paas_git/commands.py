"""The git: commands, and those that git clients call."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from paas import App, PaasError, apps, hooks, hookspecs, lifecycle, locks, output, process, reports, settings
from paas.context import current
from paas.params import AppName

from . import hookspecs as git_hookspecs
from . import receive, repository
from .names import Repository
from .settings import SETTINGS

app = typer.Typer(help="Deploy an app by git push, and from archives, folders, images and other repositories.")


@app.command("git-receive-pack", hidden=True)
def receive_pack(name: Repository) -> None:
    """Take a push; an app that doesn't exist is created."""
    with locks.exclusive("create-apps"):
        found = apps.find(name)
        if not found:
            hooks.check(hookspecs.pre_autocreate, name)
            found = lifecycle.create(name)
    process.become(["git", "receive-pack", repository.ensure(found)])


@app.command("git-upload-pack", hidden=True)
def upload_pack(name: Repository) -> None:
    """Serve a clone or a fetch."""
    _serve(name, "upload-pack")


@app.command("git-upload-archive", hidden=True)
def upload_archive(name: Repository) -> None:
    """Serve `git archive --remote`."""
    _serve(name, "upload-archive")


@app.command("git-hook", hidden=True)
def hook(folder: Annotated[Path, typer.Argument(metavar="FOLDER")]) -> None:
    """Deal with a push, as git's pre-receive hook."""
    target = apps.load(folder.resolve().name)
    receive.handle(target, receive.parse(sys.stdin))


@app.command("initialize")
def initialize(name: AppName) -> None:
    """Have the app's repository and its hook."""
    output.step(f"Initialized {repository.ensure(apps.load(name))}")


@app.command("status")
def status(name: AppName) -> None:
    """Show the branches of the app's repository."""
    output.line(repository.git(repository.ensure(apps.load(name)), "branch", "--verbose", "--no-abbrev"))


def _serve(name: str, service: str) -> None:
    target = apps.load(name)
    hooks.check(git_hookspecs.git_pre_pull, target)
    folder = repository.path(target)
    if not folder.exists():
        raise PaasError(f"{name} has no repository.", hint=f"Make one with git:initialize {name}")
    process.become(["git", service, folder])


def _report(target: App) -> dict[str, str]:
    live = apps.live_release(target)
    folder = current().paths.repository(target.name)
    updated = str(int((folder / "HEAD").stat().st_mtime)) if folder.exists() else ""
    return {"sha": live.revision if live else "", "last-updated-at": updated} | SETTINGS.report(target)


reports.add_command(app, "git", _report, SETTINGS.report_global)
settings.add_command(app, SETTINGS, applies="the next push")
