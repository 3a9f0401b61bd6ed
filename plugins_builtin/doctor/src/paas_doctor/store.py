"""The store: is the file sound, and is anything in it that a killed command has left?"""

from __future__ import annotations

import time
from collections.abc import Iterator

from paas import apps, intents, lifecycle, locks
from paas.context import current
from paas.state import CORE
from paas.upkeep import Finding

COPY = "Stop changing anything, copy the data root, and go back to a backup; sqlite3's .recover may save the rest."
AHEAD_SECONDS = 60
"""More than clocks that are set by the network ever jump."""


def diagnose() -> Iterator[Finding]:
    yield from _soundness()
    yield from _unfinished()
    yield from _clock()


def _soundness() -> Iterator[Finding]:
    path = current().paths.state
    with CORE.reading() as db:
        said = [row[0] for row in db.execute("PRAGMA integrity_check(5)")]
        loose = [f"{row['table']} to {row['parent']}" for row in db.execute("PRAGMA foreign_key_check")]
    if said != ["ok"]:
        yield Finding("store", f"{path} is damaged: {'; '.join(said)}.", COPY)
    if loose:
        yield Finding("store", f"{path} has rows that refer to nothing: {', '.join(sorted(set(loose)))}.", COPY)


def _unfinished() -> Iterator[Finding]:
    """What a killed command has left; the lock that its app's deploy would hold is free."""
    for intent in intents.left():
        with locks.exclusive(f"app-{intent.app_id}", wait=False) as idle:
            if idle and (app := apps.by_id(intent.app_id)):
                yield Finding(
                    app.name,
                    f"A command was killed and what it began is not finished ({intent.what}).",
                    "The next paas tick finishes it; if this stays, run paas tick and see what it says.",
                    repair=lifecycle.recover,
                )


def _clock() -> Iterator[Finding]:
    with CORE.reading() as db:
        rows = [db.execute(f"SELECT max(created_at) FROM {table}").fetchone() for table in ("apps", "releases")]  # noqa: S608
    last = max(row[0] or 0 for row in rows)
    if last > time.time() + AHEAD_SECONDS:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(last))
        yield Finding(
            "clock",
            f"The server's clock says {time.strftime('%Y-%m-%d %H:%M')}, but the newest record is from {when}.",
            "Set the clock, and have it set by the network (systemd-timesyncd or chrony).",
        )
