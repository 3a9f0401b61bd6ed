"""What the process printed that failed an app's last deploy: shown at once, and kept for `logs:failed`."""

from __future__ import annotations

import json
from dataclasses import astuple
from pathlib import Path

from paas import App, Slot, files, output
from paas.context import current
from paas_docker.api import DockerError, Engine
from paas_scheduler.api import LogLine

SHOWN_LINES = 500


def show(docker: Engine, app: App, slot: Slot, id: str) -> None:
    """Show and keep the last lines of the container that failed."""
    lines = _printed(docker, slot, id)
    output.result(f"Start of {app.name} container output ({id[:12]} {slot})")
    for line in lines:
        output.detail(line.text)
    output.result(f"End of {app.name} container output ({id[:12]} {slot})")
    file = _file(app)
    file.parent.mkdir(parents=True, exist_ok=True)
    files.replace(file, "".join(json.dumps(astuple(line)) + "\n" for line in lines))  # half a line couldn't be read


def load(app: App) -> list[LogLine]:
    """What was kept of the last deploy; nothing if it went well."""
    file = _file(app)
    kept = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return [LogLine(*json.loads(line)) for line in kept]


def forget(app: App) -> None:
    _file(app).unlink(missing_ok=True)


def _printed(docker: Engine, slot: Slot, id: str) -> list[LogLine]:
    try:
        return [LogLine(stamp, str(slot), text) for stamp, text in docker.logs(id, tail=SHOWN_LINES)]
    except DockerError as error:  # one that never started, or that someone has removed
        return [LogLine("", str(slot), f"(its log can't be read: {error.message})")]


def _file(app: App) -> Path:
    return current().paths.app(app.name) / "failed.jsonl"
