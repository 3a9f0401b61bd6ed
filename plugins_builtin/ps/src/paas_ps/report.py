"""What is known of an app's processes."""

from __future__ import annotations

from collections.abc import Sequence

from paas import App, hooks, releases
from paas_scheduler import api as scheduler
from paas_scheduler.api import ProcessStatus

from . import hookspecs, restore, scale
from .settings import SETTINGS

SHORT_ID = 11


def fields(app: App) -> dict[str, str]:
    """The report's fields; those with a colon carry no `Ps` in front."""
    statuses = scheduler.status(app) if releases.processes(app) else []
    settings = SETTINGS.report(app)
    del settings["restore"]  # what holds is more than the setting
    return {
        ":deployed": _word(releases.live(app) is not None),
        ":processes": str(len(statuses)),
        "can-scale": _word(scale.is_by_hand(app)),
        **settings,
        ":restore": _word(restore.is_wanted(app)),
        ":running": running(statuses),
        ":differences": " ".join(hooks.gather(hookspecs.differences, app)),
        **_states(app, statuses),
    }


def _states(app: App, statuses: Sequence[ProcessStatus]) -> dict[str, str]:
    """What became of each process; one of an older release, as a restart of another type leaves it, says of which."""
    numbers = {release.id: release.number for release in releases.all(app) if release.status != "live"}
    older = {p.slot: f", release {numbers[p.release_id]}" for p in releases.processes(app) if p.release_id in numbers}
    return {
        f":status-{s.slot.type}-{s.slot.number}": f"{s.state} (CID: {s.container[:SHORT_ID]}{older.get(s.slot, '')})"
        for s in statuses
    }


def running(statuses: Sequence[ProcessStatus]) -> str:
    """`true`, `false` or `mixed`."""
    states = {status.is_running for status in statuses}
    return "mixed" if len(states) > 1 else _word(states == {True})


def _word(value: bool) -> str:
    return "true" if value else "false"
