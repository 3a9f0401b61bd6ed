"""Stop old processes before new ones start, for types that can't run twice, and start them again if that fails.

What was stopped is written down first, so that a tick finds it when a deploy was killed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from paas import App, PaasError, Process, Release, Slot, apps, locks, output, releases, state
from paas_docker.api import Engine, NotFound, engine
from paas_scheduler.api.checks import Policy

from . import remove
from .checks import Demands

NOUN, STOPPED = "scheduler-docker", "stopped-for-deploy"


def begin(docker: Engine, app: App, release: Release, slots: Sequence[Slot], wanted: Mapping[str, Demands]) -> None:
    """Stop the old processes of the types that are to be stopped first."""
    first = {type for type, demands in wanted.items() if demands.policy is Policy.stop_first}
    old = in_the_way(releases.processes(app), release, slots, first)
    if not old:
        return
    for type in sorted({process.slot.type for process in old}):
        output.detail(f"Zero downtime is disabled, stopping currently running containers ({type})")
    ids = [process.container for process in old]
    state.change(NOUN, app.owner, {STOPPED: sorted({*ids, *_stopped(app)})})
    remove.stop(docker, ids)


def in_the_way(running: Sequence[Process], release: Release, slots: Sequence[Slot], types: set[str]) -> list[Process]:
    """The processes of these types that new ones replace: all of them by a new release, else those in their slots."""
    is_new = release.status == "pending"
    return [p for p in running if p.slot.type in types and (is_new or p.slot in slots)]


def end(docker: Engine, app: App) -> None:
    """Start again what was stopped and is still meant to run; nothing is, once the new processes are live."""
    if not (stopped := _stopped(app)):
        return
    live = {process.container for process in releases.processes(app)}
    still = [id for id in sorted(live & set(stopped)) if not _starts(docker, id)]
    state.change(NOUN, app.owner, {STOPPED: still or None})


def _starts(docker: Engine, id: str) -> bool:
    """Start what was stopped; whether that is settled."""
    try:
        docker.start(id)
    except NotFound:
        return True
    except PaasError as error:
        output.warn(f"{id[:12]} could not be started again: {error.message}", "The next paas tick tries again.")
        return False
    return True


def recover() -> None:
    """Start what killed deploys have stopped. Called by every tick."""
    for owner in state.owners(NOUN, STOPPED):
        app_id = int(owner.removeprefix("app:"))
        with locks.exclusive(f"app-{app_id}", wait=False) as idle:
            if idle and (app := apps.by_id(app_id)):
                end(engine(), app)


def _stopped(app: App) -> list[str]:
    found: list[str] = state.property(NOUN, app.owner, STOPPED, [])
    return found
