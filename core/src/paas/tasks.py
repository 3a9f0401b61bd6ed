"""Work that is due later, as rows of the store that `paas tick` carries out."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
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


def plan_anew(plugin: str, name: str, payload: Mapping[str, Any], after: float) -> None:
    """The same as `plan`, in place of the same tasks that wait already."""
    with CORE.writing() as db:
        db.execute("DELETE FROM tasks WHERE (plugin, name, payload) = (?, ?, ?)", (plugin, name, json.dumps(payload)))
        plan(plugin, name, payload, after)


def planned(plugin: str | None = None) -> list[Task]:
    """The tasks that wait, the earliest first."""
    with CORE.reading() as db:
        rows = db.execute("SELECT * FROM tasks WHERE plugin = coalesce(?, plugin) ORDER BY due_at, id", (plugin,))
        return [Task(r["id"], r["due_at"], r["plugin"], r["name"], json.loads(r["payload"])) for r in rows]


def carry_out_detached(after: float) -> None:
    """Start a `paas tick` that outlives us and waits so many seconds first."""
    start = current().resource("process.detached", lambda: process.detached)
    start([current().paths.executable, "tick", "--after", str(after)])


def tick(*, by_timer: bool = True) -> int:
    """Carry out what is due.

    While another tick is at it, wait for its turn, so that what has come up since that one looked isn't left for a
    minute more; but leave it to one that waits already, which will see the same, and is the timer's as well then.

    Args:
        by_timer: Remember it as a sign that the timer runs.

    Returns:
        How many tasks failed and will be tried again.
    """
    from .lifecycle import recover

    with ExitStack() as turn:
        with locks.exclusive("next-tick", wait=False) as is_next:
            if not is_next:
                if by_timer:
                    _remember(_LEFT)
                return 0
            turn.enter_context(locks.exclusive("tick"))
        scratch.sweep()  # first: on a full disk it makes room for the others
        recover()
        failed = [task for task in planned() if task.due_at <= time.time() and can_perform(task) and not _perform(task)]
        hooks.tell(hookspecs.tick, time.time())
        if _was_left() or by_timer:
            _remember(_LAST)
    return len(failed)


def can_perform(task: Task) -> bool:
    """Whether the plugin of a task is there; the tasks of one that is uninstalled or disabled wait for it, unharmed."""
    return task.plugin in hooks.plugins().implementing(hookspecs.perform)


def last_tick() -> float | None:
    """When the timer's last `paas tick` came to its end, in seconds since the epoch; None if none ever did.

    Those that a deploy starts don't count, unless the timer's left its work to one: they would hide that the timer
    doesn't run.
    """
    try:
        return (current().paths.locks / _LAST).stat().st_mtime
    except FileNotFoundError:
        return None


_LAST, _LEFT = "last-tick", "left-tick"
"""Files: the timer's last tick ended then; one of the timer has left its work to another, which hasn't ended yet."""


def _remember(sign: str) -> None:
    # A file's time is no write to the store each minute, and can be set on a full disk.
    with suppress(OSError):
        (current().paths.locks / sign).touch(mode=0o600)


def _was_left() -> bool:
    with suppress(OSError):
        (current().paths.locks / _LEFT).unlink()
        return True
    return False


def _perform(task: Task) -> bool:
    try:
        hooks.plugins().call(task.plugin, hookspecs.perform, task).get()
    except locks.Locked:  # a deploy is going on, and nothing is wrong with that
        _put_off(task)
        return True
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
