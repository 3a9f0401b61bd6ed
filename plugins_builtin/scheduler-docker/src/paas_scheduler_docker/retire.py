"""Take old containers away: at once, or when they have had time to finish what they do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from paas import App, Process, apps, output, releases, tasks
from paas_docker.api import DockerError, engine, owned_by

from . import downtime, network, remove

NOUN, RETIRE = "scheduler-docker", "retire"


def retire(app: App, processes: Sequence[Process], after: float) -> None:
    """Stop and remove processes, now or in so many seconds."""
    ids = [process.container for process in processes]
    if after <= 0:
        remove.now(engine(), ids)
        return downtime.end(engine(), app)  # a deploy has failed after its processes had started
    tasks.plan(NOUN, RETIRE, {"app_id": app.id, "containers": ids}, after)
    output.step(f"Shutting down old containers in {after:g} seconds")
    for process in processes:
        output.detail(f"{process.container[:12]} ({process.slot})")
        # The new processes are live: what only saves an old one from being restarted must not fail their deploy.
        with suppress(DockerError):
            engine().keep_stopped(process.container)


def perform(payload: Mapping[str, Any]) -> None:
    """Remove what `retire` planned."""
    app = apps.by_id(payload["app_id"])
    live = {process.container for process in releases.processes(app)} if app else set()
    remove.now(engine(), [id for id in payload["containers"] if id not in live])


def planned() -> set[str]:
    """The containers that will be removed when their time has come."""
    return {id for task in tasks.planned(NOUN) if task.name == RETIRE for id in task.payload["containers"]}


def forget(app: App) -> None:
    """Remove every container of an app that is destroyed."""
    remove.now(engine(), [container.id for container in engine().containers(owned_by(app))])
    network.free([lease.instance for lease in network.leases() if lease.app_id == app.id])
