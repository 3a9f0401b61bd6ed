"""Where an app's requests and errors are logged, and how to read it: nginx writes as root."""

from __future__ import annotations

import os
import re
from pathlib import Path

from paas import App, PaasError, apps, privileged, process
from paas.context import current

from . import values
from .settings import SETTINGS

KINDS = ("access", "error")
LINES = 20
_USUAL = re.compile(r"(.+)-(access|error)\.log")


def name(app: App, kind: str) -> str | None:
    """The name of a log in nginx's folder of logs, None if there is none.

    Raises:
        PaasError: It was set to the log of another app.
    """
    chosen = SETTINGS.value(app, f"{kind}-log-path")
    if chosen == "off":
        return None
    if (usual := _USUAL.fullmatch(chosen)) and usual[1] != app.name and (owner := apps.find(usual[1])):
        raise PaasError(
            f"{chosen} is the log of {owner.name}.", hint=f"Choose another with nginx:set {app.name} {kind}-log-path"
        )
    return values.log_name(chosen) if chosen else usual_name(app.name, kind)


def usual_name(app: str, kind: str) -> str:
    return f"{app}-{kind}.log"


def path(app: App, kind: str) -> str | None:
    chosen = name(app, kind)
    return f"{current().paths.nginx.logs}/{chosen}" if chosen else None


def show(app: App, kind: str, *, follow: bool) -> str:
    """The last lines of a log.

    Args:
        follow: Become a program that prints them and goes on with new ones; doesn't return.

    Raises:
        PaasError: There is no such log.
    """
    if (chosen := name(app, kind)) is None:
        raise PaasError(
            f"The {kind} log of {app.name} is off.", hint=f"Turn it on with nginx:set {app.name} {kind}-log-path"
        )
    if follow:
        process.become(privileged.command("nginx-log-read", chosen, str(LINES), "--follow"))
    return privileged.run("nginx-log-read", chosen, str(LINES))


def last_visited(app: App) -> str:
    """When the last request was logged, as seconds since the epoch; empty if none was."""
    try:
        chosen = path(app, "access")
        return str(int(Path(chosen).stat().st_mtime)) if chosen else ""
    except OSError:
        return ""


def move(old_name: str, new_name: str) -> None:
    """Have the logs of a renamed app go on under its new name; nginx writes on to what it has opened."""
    for kind in KINDS:
        if _is_there(usual_name(old_name, kind)):
            privileged.run("nginx-log-move", usual_name(old_name, kind), usual_name(new_name, kind))


def remove(app: App) -> None:
    """Remove the logs that are the app's alone."""
    if names := [name for kind in KINDS if _is_there(name := usual_name(app.name, kind))]:
        privileged.run("nginx-log-remove", *names)


def _is_there(log: str) -> bool:
    """Whether there is a log; a folder that only root can look into may have it."""
    folder = current().paths.nginx.logs
    return not os.access(folder, os.X_OK) or Path(folder, log).exists()
