"""Do the containers run that the store names, and are they what it says?"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence

from paas import App, PaasError, Process, hooks, releases
from paas_docker.api import PROCESS, RELEASE, State, engine, owned_by

from .labels import INSTANCE, UPCOMING

NOUN = "scheduler-docker"


def differences(app: App) -> list[str]:
    """How an app's containers differ from what the store says, a sentence each; one request to Docker.

    What a deploy that is going on has made is none.
    """
    if not _is_ours(app):
        return []
    numbers = {release.id: release.number for release in releases.all(app)}
    processes = releases.processes(app)
    found = {container.id: container for container in engine().containers(owned_by(app) | {INSTANCE: ""})}
    said = [f"{p.slot} {what}." for p in processes if (what := wrong(p, found.get(p.container), numbers, found))]
    others = [container for id, container in found.items() if id not in {p.container for p in processes}]
    return said + (list(_strangers(others)) if others else [])


def wrong(process: Process, found: State | None, numbers: Mapping[int, int], ours: Container[str]) -> str:
    """What is wrong with a process; empty if it runs as the store says.

    Args:
        found: Its container, None if there is none.
        numbers: Release id to number.
        ours: The ids of the app's containers.
    """
    if not found:
        return "should run, and its container is missing"
    labels = {PROCESS: str(process.slot), RELEASE: str(numbers[process.release_id])}
    if found.id not in ours or not labels.items() <= found.labels.items():
        return f"has a container with the labels of something else ({found.name})"
    if not found.is_running:
        return f"should run, and its container is {found.status} (exit code {found.exit_code})"
    if process.endpoint and found.address != process.endpoint.address:
        return f"has the address {found.address or 'none'}, and requests go to {process.endpoint.address}"
    return ""


def _strangers(others: Sequence[State]) -> Iterator[str]:
    """Those that are none of an app's processes and run, though nothing will end them but a tick; those that are only
    coming are named so."""
    from . import commanded, retire  # a report waits for them only where there is something to say

    leaving = retire.planned()
    for container in others:
        if container.id in leaving or not container.is_running or commanded.may_go_on(container):
            continue
        if UPCOMING not in container.name:
            yield f"{container.name} runs and is none of its processes; the next paas tick removes it."


def _is_ours(app: App) -> bool:
    try:
        return hooks.plugins().holder("scheduler", app) == NOUN
    except PaasError:  # several could be, and none was chosen
        return False
