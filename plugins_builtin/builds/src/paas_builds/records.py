"""What the store knows of builds."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum

from paas import App, PaasError, apps, locks
from paas.builds import Build
from paas.state import Schema

SCHEMA = Schema(
    "builds",
    (
        """
        CREATE TABLE builds_records (
            id TEXT PRIMARY KEY,
            app_id INTEGER NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
            kind TEXT NOT NULL,
            source TEXT NOT NULL,
            created_by TEXT NOT NULL,
            pid INTEGER NOT NULL,
            started_at REAL NOT NULL,
            status TEXT NOT NULL DEFAULT 'running',
            finished_at REAL,
            cancelled_by TEXT
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX builds_records_by_app ON builds_records (app_id, id);
        """,
    ),
)


class Status(StrEnum):
    running = "running"
    succeeded = "succeeded"
    failed = "failed"
    canceled = "canceled"
    abandoned = "abandoned"


@dataclass(frozen=True)
class Record:
    """A build that began once.

    Attributes:
        kind: build or deploy.
        source: What asked for it, such as `git push`.
        created_by: The key or the account.
        status: running, succeeded, failed or canceled; abandoned when its process was killed.
        finished_at: Seconds since the epoch; None when nobody knows.
        cancelled_by: The key or the account that asked it to stop; None if nobody did.
    """

    id: str
    app: App
    kind: str
    source: str
    created_by: str
    pid: int
    started_at: float
    status: Status
    finished_at: float | None
    cancelled_by: str | None

    @property
    def is_running(self) -> bool:
        return self.status is Status.running

    @property
    def seconds(self) -> float | None:
        """How long it took, or has taken up to now; None when nobody knows."""
        end = time.time() if self.is_running else self.finished_at
        return None if end is None else max(0.0, end - self.started_at)


def begin(app: App, build: Build) -> None:
    """Write down that a build has begun. Since it holds the app's lock, any other that seems to run was killed."""
    with SCHEMA.writing() as db:
        _give_up(db, app)
        db.execute(
            "INSERT INTO builds_records (id, app_id, kind, source, created_by, pid, started_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (build.id, app.id, build.kind, build.reason, build.created_by, build.pid, build.started_at),
        )


def end(id: str, status: str) -> None:
    with SCHEMA.writing() as db:
        db.execute("UPDATE builds_records SET status = ?, finished_at = ? WHERE id = ?", (status, time.time(), id))


def give_up(app: App) -> None:
    """Write down that builds which were killed have failed, unless one is going on."""
    if not locks.holder(app.id):
        with SCHEMA.writing() as db:
            _give_up(db, app)


def want_cancelled(id: str, by: str) -> None:
    """Write down who wants a build to stop."""
    with SCHEMA.writing() as db:
        db.execute("UPDATE builds_records SET cancelled_by = ? WHERE id = ?", (by, id))


def wanted_cancelled_by(id: str) -> str | None:
    """Who wants a build to stop, None if nobody does."""
    with SCHEMA.reading() as db:
        row = db.execute("SELECT cancelled_by FROM builds_records WHERE id = ?", (id,)).fetchone()
    return row["cancelled_by"] if row else None


def forget(ids: Collection[str]) -> None:
    with SCHEMA.writing() as db:
        db.executemany("DELETE FROM builds_records WHERE id = ?", [(id,) for id in ids])


def of(app: App) -> list[Record]:
    """The builds of an app, the newest first."""
    seemed = {record.id for record in _kept(app) if record.is_running}
    holder = locks.holder(app.id) if seemed else None
    # Looked at again, since a build says that it has ended before it frees the lock.
    return [_judged(record, holder) if record.id in seemed else record for record in _kept(app)]


def running() -> list[Record]:
    """The builds of all apps that the caller may see and that are going on, the newest first."""
    with SCHEMA.reading() as db:
        busy = {row[0] for row in db.execute("SELECT app_id FROM builds_records WHERE status = ?", (Status.running,))}
    found = [record for app in apps.visible() if app.id in busy for record in of(app) if record.is_running]
    return sorted(found, key=lambda record: record.id, reverse=True)


def load(app: App, id: str) -> Record:
    """A build by its id, or the newest for `current`.

    Raises:
        PaasError: There is none.
    """
    found = of(app)
    chosen = found[:1] if id == "current" else [record for record in found if record.id == id]
    if not chosen:
        what = "no build yet" if id == "current" else f"no build {id[:40]!r}"
        raise PaasError(f"{app.name} has {what}.", hint=f"See builds:list {app.name}")
    return chosen[0]


def _give_up(db: sqlite3.Connection, app: App) -> None:
    db.execute(
        "UPDATE builds_records SET status = ? WHERE (app_id, status) = (?, ?)", (Status.failed, app.id, Status.running)
    )


def _kept(app: App) -> list[Record]:
    with SCHEMA.reading() as db:
        rows = db.execute("SELECT * FROM builds_records WHERE app_id = ? ORDER BY id DESC", (app.id,))
        return [_record(app, row) for row in rows]


def _record(app: App, row: sqlite3.Row) -> Record:
    values = {name: row[name] for name in row.keys() if name != "app_id"}  # noqa: SIM118 (a row isn't a mapping)
    return Record(**values | {"app": app, "status": Status(row["status"])})


def _judged(record: Record, holder: locks.Holder | None) -> Record:
    """A build that seems to run, as it is: one whose process doesn't hold the app's lock was killed."""
    killed = record.is_running and not (holder and holder.pid == record.pid)
    return replace(record, status=Status.abandoned) if killed else record
