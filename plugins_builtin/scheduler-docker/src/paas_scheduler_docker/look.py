"""What is known of an app's containers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from paas import App, apps
from paas_docker.api import NotFound, engine, owned_by
from paas_scheduler.api import ProcessStatus

SHOWN = ("PORT", "DYNO", "PATH", "USER")
"""Variables whose values `inspect` shows; all others may be secrets."""


def status(app: App) -> list[ProcessStatus]:
    """What became of each process that is meant to run; one request to Docker, however many there are."""
    found = {container.id: container.status for container in engine().containers(owned_by(app))}
    return [ProcessStatus(p.slot, found.get(p.container, "missing"), p.container) for p in apps.processes(app)]


def inspect(app: App) -> Sequence[dict[str, Any]]:
    return [_masked(found) for process in apps.processes(app) if (found := _found(process.container))]


def _found(id: str) -> dict[str, Any] | None:
    try:
        return engine().inspect(id)
    except NotFound:
        return None


def _masked(found: dict[str, Any]) -> dict[str, Any]:
    variables = [entry.partition("=") for entry in found["Config"].get("Env") or ()]
    masked = [f"{key}={value if key in SHOWN else 'XXXXXX'}" for key, _, value in variables]
    return found | {"Config": found["Config"] | {"Env": masked}}
