"""What is due: asked by every tick, each minute.

Each run is a program of its own, so that a tick waits for none of them. That it was begun is written down before, so
that a tick which is killed leaves an entry out rather than running it twice.
"""

from __future__ import annotations

import os
from pathlib import Path

from paas import PaasError, apps, output, process
from paas.context import current

from . import entries, schedule, settings

CATCH_UP_SECONDS = 3600
"""What was due while the server was down, or busy with another tick, still runs that much later."""


def tick(now: float) -> None:
    """Begin what came due since the last tick."""
    after = max(_last(now), now - CATCH_UP_SECONDS)
    _remember(now)
    for app in apps.all():
        try:
            wanted = [each for each in entries.of(app) if not settings.is_suspended(app, each)]
            zone = settings.zone(app) if wanted else None
        except PaasError as error:
            output.warn(f"The cron tasks of {app.name} can't be read: {error.message}", error.hint)
            continue
        for entry in wanted:
            if zone and schedule.is_due(entry.when, zone, after, now):
                _begin(app.name, entry.id)


def _begin(app: str, id: str) -> None:
    start = current().resource("process.detached", lambda: process.detached)
    start([current().paths.executable, "cron:run", "--scheduled", app, id])


def _last(now: float) -> float:
    """When the last tick was; at the first, and where the clock was put back, the minute that has just begun is due."""
    try:
        last = _file().stat().st_mtime
    except FileNotFoundError:
        last = now
    return last if last < now else now - schedule.MINUTE


def _remember(now: float) -> None:
    file = _file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    os.utime(file, (now, now))


def _file() -> Path:
    return current().paths.plugin("cron") / "last"
