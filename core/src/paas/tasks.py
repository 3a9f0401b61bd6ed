"""Work that is due later, as rows of the store that `paas tick` carries out."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import hooks, hookspecs, locks, output, process, scratch
from .context import current
from .errors import PaasError
from .state import CORE

RETRY_SECONDS = 60


@dataclass(frozen=True)
class Task:
    """Something a plugin wants done.

    Attributes:
        due_at: Seconds since the epoch.
        plugin: Who planned it and is asked to perform it.
        name: What to do, in the plugin's own words.
        payload: With what; JSON.
    """

    id: int
    due_at: float
    plugin: str
    name: str
    payload: Mapping[str, Any]


def plan(plugin: str, name: str, payload: Mapping[str, Any], after: float) -> None:
    """Have a plugin's `perform` called in so many seconds, or soon after."""
    with CORE.writing() as db:
        db.execute(
            "INSERT INTO tasks (due_at, plugin, name, payload) VALUES (?, ?, ?, ?)",
            (time.time() + after, plugin, name, json.dumps(payload)),
        )


def planned(plugin: str | None = None) -> list[Task]:
    """The tasks that wait, the earliest first."""
    with CORE.reading() as db:
        rows = db.execute("SELECT * FROM tasks WHERE ?1 IS NULL OR plugin = ?1 ORDER BY due_at, id", (plugin,))
        return [Task(r["id"], r["due_at"], r["plugin"], r["name"], json.loads(r["payload"])) for r in rows]


def carry_out_detached(after: float) -> None:
    """Start a `paas tick` that outlives us and waits so many seconds first."""
    start = current().resource("process.detached", lambda: process.detached)
    start([current().paths.executable, "tick", "--after", str(after)])


def tick(after: float = 0) -> int:
    """Carry out what is due, unless another tick is at it.

    Args:
        after: Seconds to wait first; such a tick also waits for another one to end.

    Returns:
        How many tasks failed and will be tried again.
    """
    from .lifecycle import recover

    time.sleep(after)
    with locks.exclusive("tick", wait=after > 0) as taken:
        if not taken:
            return 0
        recover()
        failed = [task for task in planned() if task.due_at <= time.time() and not _perform(task)]
        hooks.tell(hookspecs.tick, time.time())
        scratch.sweep()
    return len(failed)


def _perform(task: Task) -> bool:
    plugins = hooks.plugins()
    if task.plugin not in plugins.implementing(hookspecs.perform):
        output.warn(f"{task.plugin} isn't there to {task.name}; its task waits until it is installed and enabled.")
        _put_off(task)
        return False
    try:
        plugins.call(task.plugin, hookspecs.perform, task).get()
    except PaasError as error:
        output.warn(f"{task.plugin} could not {task.name}: {error.message}", error.hint)
        _put_off(task)
        return False
    with CORE.writing() as db:
        db.execute("DELETE FROM tasks WHERE id = ?", (task.id,))
    return True


def _put_off(task: Task) -> None:
    with CORE.writing() as db:
        db.execute("UPDATE tasks SET due_at = ? WHERE id = ?", (time.time() + RETRY_SECONDS, task.id))
