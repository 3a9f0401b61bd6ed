"""The git: commands."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from paas import App, PaasError, apps, locks, output, releases, reports, settings
from paas.params import AppName

from . import credentials, repository, sources
from .settings import SETTINGS

app = typer.Typer(help="Deploy an app by git push, and from archives, folders, images and other repositories.")
Host = Annotated[str, typer.Argument(metavar="HOST")]
User = Annotated[str | None, typer.Argument(metavar="[USER]")]
Password = Annotated[str | None, typer.Argument(metavar="[PASSWORD]")]


@app.command("initialize")
def initialize(name: AppName) -> None:
    """Have the app's repository and its hook."""
    output.step(f"Initialized {repository.ensure(apps.load(name))}")


@app.command("status")
def status(name: AppName) -> None:
    """Show the branches of the app's repository."""
    output.line(repository.git(repository.existing(apps.load(name)), "branch", "--verbose", "--no-abbrev"))


@app.command("unlock")
def unlock(name: AppName) -> None:
    """Say whether a deploy holds the app's lock, which is free as soon as that ends, however it does."""
    if holder := locks.holder(apps.load(name).id):
        raise PaasError(
            f"{name} is locked by {holder}, which is still going on.",
            hint=f"Wait until it ends, or stop it with builds:cancel {name}; the lock is free then.",
        )
    output.step(f"No deploy holds the lock of {name}; one of apps:lock is taken away by apps:unlock {name}")


@app.command("auth")
def auth(host: Host, user: User = None, password: Password = None) -> None:
    """Keep a user and a password for repositories of a host; without a user, forget them.

    The password is read from standard input unless it is given.
    """
    if not user:
        credentials.forget(host)
        return output.step(f"Removed the credentials for {host}")
    credentials.keep(host, user, password or _typed_password())
    output.step(f"Kept the credentials of {user} for {host}")


@app.command("auth-status")
def auth_status(host: Host, user: User = None, password: Password = None) -> None:
    """Succeed if credentials for a host are kept, and are these if any are named."""
    kept = credentials.of(credentials.checked_host(host))
    if not kept or (user and user != kept[0]) or (password and password != kept[1]):
        raise PaasError(f"No such credentials are kept for {host}.", hint=f"Keep them with git:auth {host} USER")


@app.command("allow-host")
def allow_host(host: Host) -> None:
    """Know a host by its ssh keys of now, for git:sync."""
    output.step(f"Added {credentials.allow_host(host)} keys of {host} to the known hosts")


@app.command("generate-deploy-key")
def generate_deploy_key() -> None:
    """Make the ssh key with which this server reads private repositories."""
    if not credentials.generate_deploy_key():
        output.warn("A deploy key already exists.", "Show it with git:public-key")


@app.command("public-key")
def public_key() -> None:
    """Print the deploy key, for the settings of a private repository."""
    public = credentials.deploy_key().with_suffix(".pub")
    if not public.exists():
        raise PaasError("There is no deploy key.", hint="Make one with git:generate-deploy-key")
    output.line(public.read_text().strip())


def _typed_password() -> str:
    password = "" if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise PaasError("No password was given.", hint="Pass it on standard input: git:auth HOST USER < FILE")
    return password


def _report(target: App) -> dict[str, str]:
    live = releases.live(target)
    moved = repository.updated_at(repository.path(target), SETTINGS.value(target, "deploy-branch"))
    return SETTINGS.report(target) | {
        "last-updated-at": str(int(moved)) if moved else "",
        "sha": live.revision if live else "",
    }


sources.add_commands(app)
reports.add_command(app, "git", _report, SETTINGS.report_global)
settings.add_command(app, SETTINGS, applies="the next push")
