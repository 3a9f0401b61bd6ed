"""Which apps start with the server, and which of their processes don't run."""

from __future__ import annotations

from paas import App, Slot, apps, state
from paas_scheduler import api as scheduler

from .settings import SETTINGS


def stopped(app: App, by_user: bool) -> None:
    """Remember whether somebody stopped an app, so that it stays stopped."""
    state.change("ps", app.owner, {"stopped": by_user or None})


def is_stopped(app: App) -> bool:
    return bool(state.property("ps", app.owner, "stopped", default=False))


def is_wanted(app: App) -> bool:
    """Whether an app is to start with the server."""
    return not is_stopped(app) and SETTINGS.value(app, "restore") == "true"


def missing(app: App) -> list[Slot]:
    """The processes that should run and don't."""
    return [status.slot for status in scheduler.status(app) if not status.is_running]


def runs(app: App) -> bool:
    """Whether all that should run does, and is something."""
    return bool(apps.processes(app)) and not missing(app)
