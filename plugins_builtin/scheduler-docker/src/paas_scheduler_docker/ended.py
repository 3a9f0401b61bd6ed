"""Processes that should run and don't: each tick says so when that changes.

They aren't started again here: Docker does that as long as their restart policy wants it, `ps` does it after a start
of Docker, and whoever stopped one by hand meant to.
"""

from __future__ import annotations

from paas import App, apps, locks, output, releases, state
from paas_docker.api import engine, ours

from . import look
from .labels import INSTANCE

NOUN, ENDED = "scheduler-docker", "ended"


def notice() -> None:
    """Say which processes should run and don't. Called by every tick."""
    running = {container.id for container in engine().containers(ours() | {INSTANCE: ""}) if container.is_running}
    for app in apps.all():
        if not _runs(app, running) or _known(app):
            with locks.exclusive(f"app-{app.id}", wait=False) as idle:  # a deploy that is going on stops some itself
                if idle:
                    _tell(app)


def _runs(app: App, running: set[str]) -> bool:
    return all(process.container in running for process in releases.processes(app))


def _tell(app: App) -> None:
    ended = {str(status.slot): status.state for status in look.status(app) if not status.is_running}
    if ended == _known(app):
        return
    state.change(NOUN, app.owner, {ENDED: ended or None})
    if ended:
        which = ", ".join(f"{slot} is {what}" for slot, what in ended.items())
        output.warn(
            f"{app.name} has processes that should run: {which}",
            f"See logs {app.name}, then start them with ps:restore {app.name}",
        )


def _known(app: App) -> dict[str, str]:
    known: dict[str, str] = state.property(NOUN, app.owner, ENDED, {})
    return known
