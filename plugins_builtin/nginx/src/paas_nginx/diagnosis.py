"""Does nginx run, does it read what we wrote, and is that what the store says?"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from paas import App, apps, deployment, lifecycle, locks, privileged
from paas.context import current
from paas.upkeep import Finding, Severity

from . import comparison, server, serving, upkeep, webserver
from .refusal import Refused
from .settings import NOUN


def diagnose() -> Iterator[Finding]:
    yield from _include()
    yield from _running()
    yield from _configuration()
    for app in apps.all():
        yield from _site(app)
    yield from _files()


def _include() -> Iterator[Finding]:
    nginx = current().paths.nginx
    if not webserver.is_included(nginx, server.folder()):
        yield Finding(
            NOUN,
            f"{nginx.include} doesn't have nginx read the sites of the apps.",
            "Run install.sh again, which writes it.",
            repair=_write_include,
        )


def _write_include() -> None:
    privileged.run("nginx-include")
    serving.reload()


def _running() -> Iterator[Finding]:
    nginx = current().paths.nginx
    if webserver.running(nginx):
        return
    if server.is_stopped():
        yield Finding(NOUN, "It was stopped, so no app answers.", "nginx:start starts it.", Severity.warning)
    elif _is_taken(nginx.http_port):
        yield Finding(
            NOUN,
            f"It doesn't run, and another program listens on its port {nginx.http_port}.",
            "Stop that program, then run nginx:start",
        )
    else:
        yield Finding(NOUN, "It doesn't run, so no app answers.", "nginx:start starts it.", repair=serving.start)


def _is_taken(port: int) -> bool:
    with socket.socket() as one:
        one.settimeout(5)
        return one.connect_ex(("127.0.0.1", port)) == 0


def _configuration() -> Iterator[Finding]:
    """What nginx would say at its next start."""
    try:
        broken = server.test()
    except Refused as refused:
        yield Finding(NOUN, refused.message, "Mend nginx's own configuration; nothing of any app can change before.")
        return
    for file, said in broken.items():
        yield Finding(_name(file), f"nginx refuses its site: {said}", "Have it written anew: proxy:build-config")
    for app in upkeep.quarantined():
        yield Finding(
            app.name,
            "Its site was set aside, since nginx refuses it, and requests get no answer.",
            f"See why with proxy:build-config {app.name}; it comes back by itself once that is mended.",
            # What kept nginx from taking it may be over, and the next tick a minute away.
            repair=partial(_configure, app) if upkeep.is_valid_again(app) else None,
        )


def _name(file: Path) -> str:
    app = apps.by_id(int(file.stem))
    return app.name if app else file.name


def _site(app: App) -> Iterator[Finding]:
    """Whether an app's site is the one that would be written now."""
    with locks.exclusive(f"app-{app.id}", wait=False) as idle:
        if not idle or (wanted := comparison.wanted(app)) is None:
            return
        there = server.site(app)
        aside = server.aside(server.file(app)).exists()
    if there == wanted or aside:
        return
    repair = partial(_configure, app)
    if there is None:
        yield Finding(app.name, "nginx has no site of it.", f"proxy:build-config {app.name} writes it.", repair=repair)
    elif comparison.servers(there) != comparison.servers(wanted):
        yield Finding(
            app.name,
            "nginx sends its requests to other processes than those that run.",
            f"proxy:build-config {app.name} sends them to those that run.",
            repair=repair,
        )
    else:
        yield Finding(
            app.name,
            "Its site isn't what its settings, domains and ports come to.",
            f"proxy:build-config {app.name} writes it anew.",
            Severity.warning,
            repair=repair,
        )


def _configure(app: App) -> None:
    with lifecycle.deploying(app, "doctor") as app:
        deployment.configure_proxy(app)


def _files() -> Iterator[Finding]:
    known = {server.file(app) for app in apps.all()}
    if unknown := sorted(path.name for path in server.read_all() if path not in known):
        yield Finding(
            NOUN,
            f"It has sites of apps that are gone: {', '.join(unknown)}.",
            "paas doctor --fix removes them.",
            repair=serving.prepare,
        )
    elif not server.has_taken_all(serving.shared):
        yield Finding(
            NOUN, "It hasn't read what was written last.", "nginx:reload has it read that.", repair=serving.prepare
        )
