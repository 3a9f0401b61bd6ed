"""Which apps start with the server, and which of their processes don't run."""

from __future__ import annotations

from paas import App, PaasError, Slot, apps, hooks, hookspecs, lifecycle, locks, output, releases, several, state
from paas_scheduler import api as scheduler

from .settings import SETTINGS

TRIES = 5
"""How many ticks, a minute apart, try to start what a restart of the server has left."""


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
    return bool(releases.processes(app)) and not missing(app)


def start_missing(app: App, *, wait: bool = True) -> None:
    """Start what should run and doesn't; what Docker has started again by itself is left alone.

    Raises:
        Locked: Somebody else is at the app, and `wait` is false.
        PaasError: It doesn't work; what runs goes on.
    """
    if missing(app):
        lifecycle.revive(app, _starting, "ps:restore", wait=wait)


def _starting(app: App) -> list[Slot]:
    """What is to start, when nobody else can do so any more."""
    if slots := missing(app):
        output.step(f"Starting {app.name} ({', '.join(map(str, slots))})")
        hooks.check(hookspecs.pre_start, app)
    return slots


# After a start of what runs the processes, such as Docker after a boot


def after_a_start() -> None:
    """Start what a restart of Docker or of the server has left lying. Called by every tick.

    Docker itself starts again what ended with an error. Once for each start the rest is seen to here, with a few
    tries; a process that ends at another time is left to its restart policy.
    """
    if waiting := [app for app in apps.all() if releases.processes(app) and is_wanted(app) and _tries(app)]:
        several.each(waiting, _try, parallel=-1)


def note_start(app: App) -> None:
    """Remember under which start an app was first deployed: it needs no restoring until the next."""
    if state.property("ps", app.owner, "tries") is None:
        _keep(app, scheduler.started(app), 0)


def _tries(app: App) -> int:
    """How often it may still be tried for the last start."""
    start, left = state.property("ps", app.owner, "tries", ("", 0))
    return int(left) if start == scheduler.started(app) else TRIES


def _try(app: App) -> None:
    left = _tries(app) - 1
    try:
        start_missing(app, wait=False)
        left = 0
    except locks.Locked:  # a deploy starts it, or this does a minute later
        return
    except PaasError as error:
        hint = "It is tried again in a minute." if left else f"Mend that, then run ps:restore {app.name}"
        output.warn(f"{app.name} could not be started: {error.message}", hint)
    _keep(app, scheduler.started(app), left)


def _keep(app: App, start: str, left: int) -> None:
    state.change("ps", app.owner, {"tries": (start, left)})
