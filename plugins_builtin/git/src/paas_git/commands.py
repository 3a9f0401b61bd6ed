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
from . import receive, remote, repository, sources
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


@app.command("auth")
def auth(
    host: Annotated[str, typer.Argument(metavar="HOST")],
    user: Annotated[str | None, typer.Argument(metavar="[USER]", help="None forgets the host.")] = None,
    password: Annotated[str | None, typer.Argument(metavar="[PASSWORD]", help="Otherwise standard input.")] = None,
) -> None:
    """Keep a user and a password for repositories of a host."""
    remote.keep_credentials(host, user, _password(user, password))
    output.step(f"{'Kept' if user else 'Forgot'} the credentials for {host}")


@app.command("auth-status")
def auth_status(
    host: Annotated[str, typer.Argument(metavar="HOST")],
    user: Annotated[str | None, typer.Argument(metavar="[USER]")] = None,
    password: Annotated[str | None, typer.Argument(metavar="[PASSWORD]")] = None,
) -> None:
    """Succeed if credentials for a host are kept, and are these if any are named."""
    kept = remote.credentials().get(host)
    if not kept or (user and user != kept[0]) or (password and password != kept[1]):
        raise PaasError(f"No such credentials are kept for {host}.", hint=f"Keep them with git:auth {host} USER")


@app.command("allow-host")
def allow_host(host: Annotated[str, typer.Argument(metavar="HOST")]) -> None:
    """Know a host by its ssh keys of now, for git:sync."""
    output.step(f"Added {remote.allow_host(host)} keys of {host} to the known hosts")


@app.command("generate-deploy-key")
def generate_deploy_key() -> None:
    """Make the ssh key with which this server reads private repositories."""
    key = remote.deploy_key()
    if key.exists():
        return output.warn("A deploy key already exists.", "Show it with git:public-key")
    key.parent.mkdir(mode=0o700, exist_ok=True)
    process.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "paas-deploy-key", "-f", key])


@app.command("public-key")
def public_key() -> None:
    """Print the deploy key, for the settings of a private repository."""
    public = remote.deploy_key().with_suffix(".pub")
    if not public.exists():
        raise PaasError("There is no deploy key.", hint="Make one with git:generate-deploy-key")
    output.line(public.read_text().strip())


def _password(user: str | None, password: str | None) -> str:
    if not user:
        return ""
    if password is None and not sys.stdin.isatty():
        password = sys.stdin.readline().strip()
    if not password:
        raise PaasError("No password was given.", hint="Pass it on standard input.")
    return password


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


sources.add_commands(app)
reports.add_command(app, "git", _report, SETTINGS.report_global)
settings.add_command(app, SETTINGS, applies="the next push")
