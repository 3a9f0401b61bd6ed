"""Take old containers away: at once, or when they have had time to finish what they do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from paas import App, Process, apps, locks, output, tasks
from paas_docker.api import APP_ID, PROCESS, State, engine, ours, owned_by

from . import names, remove

NOUN, RETIRE = "scheduler-docker", "retire"


def retire(app: App, processes: Sequence[Process], after: float) -> None:
    """Stop and remove processes, now or in so many seconds."""
    ids = [process.container for process in processes]
    if after <= 0:
        return remove.now(engine(), ids)
    names.step_aside(app, ids)
    tasks.plan(NOUN, RETIRE, {"containers": ids}, after)
    output.step(f"Shutting down old containers in {after:g} seconds")
    for process in processes:
        output.detail(f"{process.container[:12]} ({process.slot})")


def perform(payload: Mapping[str, Any]) -> None:
    """Remove what `retire` planned, but for what became a live process again meanwhile."""
    remove.now(engine(), [id for id in payload["containers"] if id not in _live()])


def forget(app: App) -> None:
    """Remove every container of an app that is destroyed."""
    remove.now(engine(), [c.id for c in engine().containers(owned_by(app))])


def orphans() -> None:
    """Remove containers that a killed deploy has left: known to no row, planned for by nobody, and no deploy
    of their app is going on."""
    suspects = [c for c in engine().containers(ours()) if APP_ID in c.labels and PROCESS in c.labels]
    known = _live() | {id for task in tasks.planned(NOUN) for id in task.payload["containers"]}
    for container in suspects:
        if container.id not in known:
            _remove_orphan(container)


def _remove_orphan(container: State) -> None:
    app_id = int(container.labels[APP_ID])
    with locks.exclusive(f"app-{app_id}", wait=False) as idle:
        # Read again: the deploy that made it may have ended between the listing and the lock.
        if idle and container.id not in _live() | {i for t in tasks.planned(NOUN) for i in t.payload["containers"]}:
            remove.now(engine(), [container.id])


def _live() -> set[str]:
    return {process.container for app in apps.all() for process in apps.processes(app)}
