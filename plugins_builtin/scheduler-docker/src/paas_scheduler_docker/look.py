"""What is known of an app's containers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from paas import App, releases
from paas.context import current
from paas_docker.api import NotFound, engine, owned_by
from paas_scheduler.api import ProcessStatus

SHOWN = ("PORT", "DYNO", "PATH", "USER")
"""Variables whose values `inspect` shows; all others may be secrets."""
MASK = "XXXXXX"


def status(app: App) -> list[ProcessStatus]:
    """What became of each process that is meant to run; one request to Docker, however many there are."""
    running = releases.processes(app)
    found = {container.id: container.status for container in engine().containers(owned_by(app))} if running else {}
    return [ProcessStatus(p.slot, found.get(p.container, "missing"), p.container) for p in running]


def started() -> str:
    """Docker's word for its last start; asked for once, however many apps there are."""
    word: str = current().resource("scheduler-docker.started", engine().started)
    return word


def inspect(app: App) -> Sequence[dict[str, Any]]:
    return [masked(found) for process in releases.processes(app) if (found := _found(process.container))]


def masked(found: dict[str, Any]) -> dict[str, Any]:
    """All that Docker knows of a container, without the values of its variables, wherever they stand."""
    variables = dict(entry.partition("=")[::2] for entry in found["Config"].get("Env") or ())
    secrets = [value for key, value in variables.items() if key not in SHOWN and value]
    shown = [f"{key}={value if key in SHOWN else MASK}" for key, value in variables.items()]
    rest = _without(found, sorted(secrets, key=len, reverse=True))
    return {**rest, "Config": {**rest["Config"], "Env": shown}}


def _without(found: dict[str, Any], secrets: Iterable[str]) -> dict[str, Any]:
    """The words of the command, which a Procfile may have filled in with variables, masked."""
    words = {key: [_hidden(word, secrets) for word in found[key]] for key in ("Args",) if found.get(key)}
    config = found["Config"]
    if config.get("Cmd"):
        config = {**config, "Cmd": [_hidden(word, secrets) for word in config["Cmd"]]}
    return {**found, **words, "Config": config}


def _hidden(word: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        word = word.replace(secret, MASK)
    return word


def _found(id: str) -> dict[str, Any] | None:
    try:
        return engine().inspect(id)
    except NotFound:
        return None
