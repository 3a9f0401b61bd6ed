"""Work that is due: does anybody carry it out?"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from paas import tasks
from paas.context import current
from paas.upkeep import Finding, Severity

LATE_SECONDS = 180
"""A tick comes each minute; one may take its time, or be missed."""
OVERDUE_SECONDS = 600
"""A task that fails is tried again each minute."""


def diagnose() -> Iterator[Finding]:
    yield from _timer()
    yield from _overdue()
    yield from _orphaned()


def _timer() -> Iterator[Finding]:
    last = tasks.last_tick()
    if abs(time.time() - (last or _installed_at())) < LATE_SECONDS:
        return
    when = f"since {time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(last))}" if last else "yet"
    yield Finding("timer", f"No paas tick has ended {when}, so nothing that is due gets done.", _why())


def _installed_at() -> float:
    """When install.sh wrote where everything is; 0 if it never did."""
    host = current().paths.host_file
    return host.stat().st_mtime if host and host.exists() else 0


def _why() -> str:
    """What to do about a timer, by what is installed of it."""
    user = current().paths.user
    unit, line = Path(f"/etc/systemd/system/{user}-tick.timer"), Path(f"/etc/cron.d/{user}")
    if unit.exists():
        return f"See systemctl status {unit.name}, and start it with systemctl enable --now {unit.name}"
    if line.exists():
        return f"{line} has it: see that cron runs (service cron start), and what paas tick says."
    return "It has no timer. Run install.sh again, which sets one."


def _overdue() -> Iterator[Finding]:
    late = [task for task in tasks.planned() if task.due_at < time.time() - OVERDUE_SECONDS and tasks.can_perform(task)]
    for name in sorted({f"{task.plugin} is to {task.name}" for task in late}):
        yield Finding(
            "tasks",
            f"Work is overdue since more than {OVERDUE_SECONDS // 60} minutes: {name}.",
            "Run paas tick and see what it says.",
            repair=_tick,
        )


def _orphaned() -> Iterator[Finding]:
    for plugin in sorted({task.plugin for task in tasks.planned() if not tasks.can_perform(task)}):
        yield Finding(
            "tasks",
            f"Work waits for the plugin {plugin}, which isn't there to do it.",
            f"Have it back with plugin:install {plugin} or plugin:enable {plugin}",
            Severity.warning,
        )


def _tick() -> None:
    tasks.tick()
