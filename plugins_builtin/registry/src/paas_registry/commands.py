"""The registry: commands."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from paas import App, InvalidValue, UsageError, apps, hooks, output, reports
from paas import settings as settings_of
from paas.params import AppOrGlobal
from paas.state import GLOBAL

from . import credentials, hookspecs, pushing, settings
from .settings import SETTINGS

MOST_BYTES = 64 * 1024

app = typer.Typer(help="Log in to registries of images, and push what is released.")


def user_name(value: str) -> str:
    """A check for the name of a user of a registry."""
    if not value or not value.isprintable() or ":" in value or value.startswith("-"):
        raise InvalidValue("That is not the name of a user of a registry.")
    return value


Server = Annotated[str, typer.Argument(metavar="SERVER", parser=settings.host, help="Such as registry.example.com.")]
User = Annotated[str, typer.Argument(metavar="USER", parser=user_name, help="Who logs in.")]


@app.command("login")
def login(
    name: AppOrGlobal,
    server: Server,
    user: User,
    password: Annotated[str, typer.Argument(metavar="[PASSWORD]", help="Refused: it is read from stdin.")] = "",
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="As it is done without, too.")] = False,
) -> None:
    """Log in to a registry, for an app or for all; the password, or a token, is read from standard input."""
    if password:
        raise UsageError(
            "A password among the words of a command can be read by everyone on the server, so it is not taken there.",
            hint="Change it if it was a real one, then: cat FILE | paas registry:login … SERVER USER",
        )
    target = None if name == GLOBAL else apps.load(name)
    credentials.login(target, server, user, _password())
    output.step(f"Logged in to {server} as {user}")
    hooks.tell(hookspecs.post_registry_login, target, server, user)


@app.command("logout")
def logout(name: AppOrGlobal, server: Server) -> None:
    """Forget what an app, or all of them, logs in to a registry with."""
    target = None if name == GLOBAL else apps.load(name)
    if server not in credentials.known(target):
        raise InvalidValue(f"Nobody is logged in to {server} there.", hint="See registry:report")
    credentials.logout(target, server)
    output.step(f"Logged out of {server}")


def _password() -> str:
    if sys.stdin.isatty():
        from getpass import getpass

        given = getpass("Password: ")
    else:
        given = sys.stdin.read(MOST_BYTES).rstrip("\r\n")
    if not given or "\n" in given or "\0" in given:
        raise UsageError("No password came on standard input.", hint="cat FILE | paas registry:login … SERVER USER")
    return given


def _report(target: App) -> dict[str, str]:
    return {
        **SETTINGS.report(target),
        "computed-image-repo": settings.image_repo(target),
        "logins": " ".join(credentials.known(target)),
        "global-logins": " ".join(credentials.known(None)),
        "tag-version": str(pushing.pushed(target).get("tag", "")),
    }


def _report_global() -> dict[str, str]:
    return {**SETTINGS.report_global(), "global-logins": " ".join(credentials.known(None))}


settings_of.add_command(app, SETTINGS, applies="the next release")
reports.add_command(app, "registry", _report, _report_global)
