"""What apps run: the source, image, release and processes that hooks pass, and those that the store knows."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .apps import App
from .state import CORE

PROCESS_TYPE = re.compile(r"[A-Za-z0-9_-]{1,63}")
ROUTED = "web"
"""The process type that the proxy sends requests to."""


@dataclass(frozen=True)
class Source:
    """What is to be deployed.

    Attributes:
        folder: The tree as a checkout would give it; a builder may change it.
        revision: The commit.
        kind: Where it came from: git-push, git-sync, docker-image, tar, tar.gz, zip, directory or rebuild.
        reference: The branch, URL or image that it was asked for by.
    """

    folder: Path
    revision: str
    kind: str
    reference: str = ""


@dataclass(frozen=True)
class PortMapping:
    """`scheme:host:container`: requests to a port of the host reach a port of the app."""

    scheme: str
    host: int
    container: int

    def __str__(self) -> str:
        return f"{self.scheme}:{self.host}:{self.container}"


@dataclass(frozen=True)
class Mount:
    """A path that containers of an app see.

    Attributes:
        source: Absolute path on the host, or the name of a volume.
        target: Absolute path in the container.
        options: Docker's, such as `ro`.
        phases: When it is there: build, deploy, run.
        processes: The process types that see it; empty for all.
    """

    source: str
    target: str
    options: str = ""
    phases: tuple[str, ...] = ("deploy", "run")
    processes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Image:
    """A built image.

    Attributes:
        id: Docker's, as `sha256:…`.
        builder: The plugin that built it.
        ports: What it exposes, as `5000/tcp`, in the order of its Dockerfile.
        entry: Words before the process type, where the image starts its processes by type (`/start`).
    """

    id: str
    builder: str
    ports: tuple[str, ...] = ()
    entry: tuple[str, ...] = ()


@dataclass(frozen=True)
class Release:
    """What runs, or ran: a record that never changes but for its status.

    The last five are those of the store, which has no draft yet (`add`).

    Attributes:
        processes: Process type to command; an empty command is the image's own.
        formation: Process type to count, when it was released.
        config: Its environment.
        parts: What plugins keep with it, so that a rollback can bring it back: name to JSON.
        created_by: The key or the account.
        reason: What it came from, such as `git push` or `config:set`.
        number: Counts up from 1 within the app.
        status: pending, live, superseded or failed.
        created_at: Seconds since the epoch.
    """

    image: Image
    revision: str = ""
    kind: str = ""
    reference: str = ""
    processes: Mapping[str, str] = field(default_factory=dict)
    formation: Mapping[str, int] = field(default_factory=dict)
    config: Mapping[str, str] = field(default_factory=dict)
    domains: Sequence[str] = ()
    ports: Sequence[PortMapping] = ()
    mounts: Sequence[Mount] = ()
    parts: Mapping[str, Any] = field(default_factory=dict)
    created_by: str = ""
    reason: str = ""
    id: int = 0
    app_id: int = 0
    number: int = 0
    status: str = "pending"
    created_at: float = 0


@dataclass(frozen=True)
class Endpoint:
    """Where a process answers, seen from the host."""

    address: str
    port: int

    def __str__(self) -> str:
        return f"{self.address}:{self.port}"


@dataclass(frozen=True, order=True)
class Slot:
    """A place in the formation: `web.1`."""

    type: str
    number: int

    def __str__(self) -> str:
        return f"{self.type}.{self.number}"


@dataclass(frozen=True)
class Process:
    """A process that was started for a release and passed its checks.

    Attributes:
        container: Docker's full id.
        endpoint: Where it answers; None unless its type is routed.
    """

    slot: Slot
    release_id: int
    container: str
    endpoint: Endpoint | None = None


def add(app: App, draft: Release) -> Release:
    """Record a draft as a release, with the app's next number and the status pending."""
    with CORE.writing() as db:
        row = db.execute(
            "INSERT INTO releases (app_id, number, status, created_at, record) SELECT :app,"
            " coalesce(max(number), 0) + 1, 'pending', :now, :record FROM releases WHERE app_id = :app RETURNING *",
            {"app": app.id, "now": time.time(), "record": _record(draft)},
        ).fetchone()
    return _release(row)


def fail(app: App) -> None:
    """Record that the release that was to go live has failed."""
    with CORE.writing() as db:
        db.execute("UPDATE releases SET status = 'failed' WHERE app_id = ? AND status = 'pending'", (app.id,))


def promote(app: App, release: Release, processes: Sequence[Process]) -> None:
    """Make a release the live one and these the app's processes, in one transaction."""
    with CORE.writing() as db:
        db.execute("UPDATE releases SET status = 'superseded' WHERE app_id = ? AND status = 'live'", (app.id,))
        db.execute("UPDATE releases SET status = 'live' WHERE id = ?", (release.id,))
        set_processes(app, processes)


def live(app: App) -> Release | None:
    with CORE.reading() as db:
        row = db.execute("SELECT * FROM releases WHERE app_id = ? AND status = 'live'", (app.id,)).fetchone()
    return _release(row) if row else None


def all(app: App) -> list[Release]:
    """All releases of an app, the newest first."""
    with CORE.reading() as db:
        rows = db.execute("SELECT * FROM releases WHERE app_id = ? ORDER BY number DESC", (app.id,))
        return [_release(row) for row in rows]


def forget(app: App, keep: int) -> None:
    """Remove the records of an app's oldest releases, but for those that run or are about to.

    Args:
        keep: How many of the newest stay.
    """
    with CORE.writing() as db:
        db.execute(
            "DELETE FROM releases WHERE app_id = :app AND status IN ('superseded', 'failed')"
            " AND id NOT IN (SELECT release_id FROM processes)"
            " AND number <= (SELECT max(number) - :keep FROM releases WHERE app_id = :app)",
            {"app": app.id, "keep": keep},
        )


def images_in_use(idle: App) -> set[str]:
    """The ids of the images that any app runs, or is about to run.

    Args:
        idle: An app whose deploy lock is held by whoever asks: what it has pending was left by a killed deploy.
    """
    running = "status = 'live' OR id IN (SELECT release_id FROM processes)"
    return set(_images(f"{running} OR (status = 'pending' AND app_id <> ?)", idle.id))


def images() -> set[str]:
    """The ids of the images of all apps' releases but those that failed."""
    return set(_images("status <> 'failed'"))


def images_that_lived(app: App) -> list[str]:
    """The ids of the images of an app's releases that are or were live, the newest first, each once."""
    return _images("status IN ('live', 'superseded') AND app_id = ?", app.id)


def _images(which: str, *given: int) -> list[str]:
    with CORE.reading() as db:
        ids = f"SELECT json_extract(record, '$.image.id') FROM releases WHERE {which} ORDER BY id DESC"  # noqa: S608
        return list(dict.fromkeys(row[0] for row in db.execute(ids, given)))


def processes(app: App) -> list[Process]:
    """The processes that are meant to run, by type and number."""
    with CORE.reading() as db:
        rows = db.execute("SELECT * FROM processes WHERE app_id = ? ORDER BY type, number", (app.id,))
        return [_process(row) for row in rows]


def endpoints(running: Iterable[Process]) -> list[Endpoint]:
    """Where the processes answer that requests are sent to."""
    return [p.endpoint for p in running if p.slot.type == ROUTED and p.endpoint]


def set_processes(app: App, running: Sequence[Process]) -> None:
    with CORE.writing() as db:
        db.execute("DELETE FROM processes WHERE app_id = ?", (app.id,))
        db.executemany(
            "INSERT INTO processes (app_id, type, number, release_id, container, address, port)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (app.id, p.slot.type, p.slot.number, p.release_id, p.container)
                + ((p.endpoint.address, p.endpoint.port) if p.endpoint else (None, None))
                for p in running
            ],
        )


def _process(row: sqlite3.Row) -> Process:
    endpoint = Endpoint(row["address"], row["port"]) if row["address"] else None
    return Process(Slot(row["type"], row["number"]), row["release_id"], row["container"], endpoint)


_COLUMNS = ("id", "app_id", "number", "status", "created_at")


def _record(release: Release) -> str:
    return json.dumps({k: v for k, v in asdict(release).items() if k not in _COLUMNS}, ensure_ascii=False)


def _release(row: sqlite3.Row) -> Release:
    record: dict[str, Any] = json.loads(row["record"])
    image = record.pop("image")
    return Release(
        **{column: row[column] for column in _COLUMNS},
        image=Image(image["id"], image["builder"], tuple(image["ports"]), tuple(image["entry"])),
        ports=[PortMapping(**port) for port in record.pop("ports")],
        mounts=[
            Mount(**mount | {"phases": tuple(mount["phases"]), "processes": tuple(mount["processes"])})
            for mount in record.pop("mounts")
        ],
        **record,
    )
