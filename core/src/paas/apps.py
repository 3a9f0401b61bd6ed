"""The nouns that hooks pass, and the apps, releases and processes that the store knows."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from .errors import AppNotFound, InvalidValue, PaasError, UsageError
from .state import CORE, GLOBAL

NAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
PROCESS_TYPE = re.compile(r"[A-Za-z0-9_-]{1,63}")
ROUTED = "web"
"""The process type that the proxy sends requests to."""
MAX_NAME = 63  # a container's host name is APP.TYPE.N at most, a label of a domain 63


@dataclass(frozen=True)
class App:
    """An app.

    Attributes:
        id: Never used again, not even by an app of the same name.
        name: As in its URL and its repository; changes with a rename.
        created_at: Seconds since the epoch.
    """

    id: int
    name: str
    created_at: float

    @property
    def owner(self) -> str:
        """The app as an owner of properties."""
        return f"app:{self.id}"


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

    Attributes:
        number: Counts up from 1 within the app.
        status: pending, live, superseded or failed.
        processes: Process type to command; an empty command is the image's own.
        formation: Process type to count, when it was released.
        config: Its environment.
        parts: What plugins keep with it, so that a rollback can bring it back: name to JSON.
        created_by: The key or the account.
        reason: What it came from, such as `git push` or `config:set`.
    """

    id: int
    app_id: int
    number: int
    status: str
    created_at: float
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


def checked_name(name: str) -> str:
    """A name that an app may have.

    Raises:
        InvalidValue: It may not.
    """
    if name in (GLOBAL, ":global"):
        raise UsageError("--global is not for this command: it needs the name of an app.")
    if not NAME.fullmatch(name) or ".." in name or len(name) > MAX_NAME:
        shown = name if len(name) <= 2 * MAX_NAME else f"{name[: 2 * MAX_NAME]}…"
        raise InvalidValue(
            f"{shown!r} is not a name for an app.",
            hint="Use lowercase letters, digits, dots and hyphens, at most 63, with a letter or digit at both ends.",
        )
    return name


def find(name: str) -> App | None:
    with CORE.reading() as db:
        row = db.execute("SELECT * FROM apps WHERE name = ?", (name,)).fetchone()
    return _app(row) if row else None


def load(name: str) -> App:
    """The app of a name.

    Raises:
        AppNotFound: There is none.
    """
    if not (app := find(name)):
        raise AppNotFound(name)
    return app


def by_id(app_id: int) -> App | None:
    with CORE.reading() as db:
        row = db.execute("SELECT * FROM apps WHERE id = ?", (app_id,)).fetchone()
    return _app(row) if row else None


def all() -> list[App]:
    """Every app, by name."""
    with CORE.reading() as db:
        return [_app(row) for row in db.execute("SELECT * FROM apps ORDER BY name")]


def visible() -> list[App]:
    """The apps that the caller may see, by name: all of them on the server itself."""
    from .context import current

    caller = current().caller
    if not caller.is_remote:
        return all()
    from . import hooks, hookspecs

    seen: Sequence[App] = hooks.refine(hookspecs.visible_apps, all(), caller)
    return list(seen)


def chosen(name: str | None, every: bool) -> list[App]:
    """The apps that `APP|--all` names: one, or all that the caller may see.

    Raises:
        UsageError: Neither or both are given.
        AppNotFound: There is no such app.
    """
    if (name is None) is not every:
        raise UsageError("Name an app, or give --all." if name is None else "An app and --all don't go together.")
    return visible() if name is None else [load(name)]


def owner(name: str) -> str:
    """The owner of properties that `APP|--global` names.

    Raises:
        AppNotFound: There is no such app.
    """
    return GLOBAL if name == GLOBAL else load(name).owner


def add(name: str) -> App:
    """Put a new app into the store.

    Raises:
        PaasError: The name is taken.
    """
    try:
        with CORE.writing() as db:
            row = db.execute(
                "INSERT INTO apps (name, created_at) VALUES (?, ?) RETURNING *", (checked_name(name), time.time())
            ).fetchone()
    except sqlite3.IntegrityError as error:
        raise PaasError(f"Name is already taken: {name}", hint="Choose another, or see apps:list") from error
    return _app(row)


def rename(app: App, name: str) -> App:
    """Give an app another name.

    Raises:
        PaasError: The name is taken, by the app itself or another.
    """
    if name == app.name:
        raise PaasError(f"The app has the name {name} already.", hint="Choose another.")
    try:
        with CORE.writing() as db:
            db.execute("UPDATE apps SET name = ? WHERE id = ?", (checked_name(name), app.id))
    except sqlite3.IntegrityError as error:
        raise PaasError(f"Name is already taken: {name}", hint="Choose another, or see apps:list") from error
    return replace(app, name=name)


def remove(app: App) -> None:
    """Take an app out of the store, with everything that any plugin keeps for it there."""
    with CORE.writing() as db:
        db.execute("DELETE FROM processes WHERE app_id = ?", (app.id,))
        db.execute("DELETE FROM apps WHERE id = ?", (app.id,))


def add_release(app: App, draft: Release) -> Release:
    """Record a release, with the app's next number and the status pending."""
    with CORE.writing() as db:
        number = db.execute("SELECT coalesce(max(number), 0) + 1 FROM releases WHERE app_id = ?", (app.id,)).fetchone()[
            0
        ]
        row = db.execute(
            "INSERT INTO releases (app_id, number, status, created_at, record) VALUES (?, ?, 'pending', ?, ?)"
            " RETURNING *",
            (app.id, number, time.time(), _record(draft)),
        ).fetchone()
    return _release(row)


def fail_release(app: App) -> None:
    """Record that the release that was to go live has failed."""
    with CORE.writing() as db:
        db.execute("UPDATE releases SET status = 'failed' WHERE app_id = ? AND status = 'pending'", (app.id,))


def promote(app: App, release: Release, processes: Sequence[Process]) -> None:
    """Make a release the live one and these the app's processes, in one transaction."""
    with CORE.writing() as db:
        db.execute("UPDATE releases SET status = 'superseded' WHERE app_id = ? AND status = 'live'", (app.id,))
        db.execute("UPDATE releases SET status = 'live' WHERE id = ?", (release.id,))
        set_processes(app, processes)


def live_release(app: App) -> Release | None:
    with CORE.reading() as db:
        row = db.execute("SELECT * FROM releases WHERE app_id = ? AND status = 'live'", (app.id,)).fetchone()
    return _release(row) if row else None


def releases(app: App) -> list[Release]:
    """All releases of an app, the newest first."""
    with CORE.reading() as db:
        rows = db.execute("SELECT * FROM releases WHERE app_id = ? ORDER BY number DESC", (app.id,))
        return [_release(row) for row in rows]


def forget_releases(app: App, keep: int) -> None:
    """Remove the records of an app's oldest releases, but for those that run or are about to.

    Args:
        keep: How many of the newest stay.
    """
    with CORE.writing() as db:
        db.execute(
            "DELETE FROM releases WHERE app_id = ?1 AND status IN ('superseded', 'failed')"
            " AND id NOT IN (SELECT release_id FROM processes)"
            " AND number <= (SELECT max(number) - ?2 FROM releases WHERE app_id = ?1)",
            (app.id, keep),
        )


def images_in_use(idle: App) -> set[str]:
    """The ids of the images that any app runs, or is about to run.

    Args:
        idle: An app whose deploy lock is held by whoever asks: what it has pending was left by a killed deploy.
    """
    with CORE.reading() as db:
        rows = db.execute(
            "SELECT json_extract(record, '$.image.id') FROM releases WHERE status = 'live'"
            " OR (status = 'pending' AND app_id <> ?) OR id IN (SELECT release_id FROM processes)",
            (idle.id,),
        )
        return {row[0] for row in rows}


def released_images() -> set[str]:
    """The ids of the images of all apps' releases but those that failed."""
    with CORE.reading() as db:
        rows = db.execute("SELECT DISTINCT json_extract(record, '$.image.id') FROM releases WHERE status <> 'failed'")
        return {row[0] for row in rows}


def images_that_lived(app: App) -> list[str]:
    """The ids of the images of an app's releases that are or were live, the newest first, each once."""
    with CORE.reading() as db:
        rows = db.execute(
            "SELECT json_extract(record, '$.image.id') FROM releases"
            " WHERE app_id = ? AND status IN ('live', 'superseded') ORDER BY number DESC",
            (app.id,),
        )
        return list(dict.fromkeys(row[0] for row in rows))


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


def _app(row: sqlite3.Row) -> App:
    return App(id=row["id"], name=row["name"], created_at=row["created_at"])


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
