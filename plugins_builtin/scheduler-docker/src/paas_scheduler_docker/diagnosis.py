"""Do the containers that the store names run, and no others?"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import partial

from paas import App, Process, Slot, apps, lifecycle, locks, releases
from paas.upkeep import Finding
from paas_docker.api import DockerError, NotFound, State, engine, owned_by

from . import comparison, strays

LOOP, LOOP_SECONDS = 3, 600
"""So often Docker has started a container again, the last time so many seconds ago: it isn't over."""


def diagnose() -> Iterator[Finding]:
    try:
        engine().networks()
    except DockerError:  # which the plugin docker says
        return
    for app in apps.all():
        yield from _of(app)
    yield from _strays()


def _of(app: App) -> Iterator[Finding]:
    with locks.exclusive(f"app-{app.id}", wait=False) as idle:
        if not idle:
            return
        wrong = _broken(app)
    for slot, said in wrong.items():
        yield Finding(
            app.name,
            f"{slot} {said}.",
            f"Have a new one take its place: ps:restart {app.name}; logs {app.name} may say why.",
            repair=partial(lifecycle.revive, app, _broken, "doctor"),
        )


def _broken(app: App) -> dict[Slot, str]:
    """The processes that don't run as the store says, each with what is wrong with it."""
    numbers = {release.id: release.number for release in releases.all(app)}
    ours = {container.id for container in engine().containers(owned_by(app))}
    found = {p.slot: _wrong(p, _state(p.container), numbers, ours) for p in releases.processes(app)}
    return {slot: said for slot, said in found.items() if said}


def _state(container: str) -> State | None:
    try:
        return engine().state(container)
    except NotFound:
        return None


def _wrong(process: Process, found: State | None, numbers: Mapping[int, int], ours: set[str]) -> str:
    """What is wrong with a process, nothing if it runs as the store says."""
    if found and _is_restarted_again_and_again(found):
        return f"ends and is started again all the time (exit code {found.exit_code})"
    return comparison.wrong(process, found, numbers, ours)


def _is_restarted_again_and_again(found: State) -> bool:
    return found.status == "restarting" or (found.is_running and found.restarts >= LOOP and _age(found) < LOOP_SECONDS)


def _age(found: State) -> float:
    """Seconds since a container was started; Docker's time is in UTC."""
    started = datetime.strptime(found.started_at[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    return time.time() - started.timestamp()


def _strays() -> Iterator[Finding]:
    for app_id in strays.suspects():
        app = apps.by_id(app_id)
        stray, _leases = strays.of(app_id) or ([], [])
        for container in stray:
            yield Finding(
                app.name if app else f"app {app_id}",
                f"The container {container.name} is of no process that is known.",
                "The next paas tick removes it; so does paas cleanup.",
                repair=strays.sweep,
            )
