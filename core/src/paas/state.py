"""The store: one SQLite database in the data root.

A `Schema` is a set of tables with numbered migrations. Core has one; a plugin that needs more than
properties declares its own, named after its noun:

    with SCHEMA.writing() as db:
        db.execute("INSERT INTO addresses …")

Each `writing` block is one transaction; a block inside another joins it. The connection stays open for
the next block, but never across a fork, a call to Docker or a build: these `let_go` of it first.
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import PaasError

BUSY_SECONDS = 60
GIVEN_SECONDS = 0.2
GLOBAL = "--global"

_CORE = (
    """
    CREATE TABLE apps (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL UNIQUE,
        created_at REAL NOT NULL
    ) STRICT;
    CREATE TABLE properties (
        owner TEXT NOT NULL,
        plugin TEXT NOT NULL,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (owner, plugin, key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX properties_by_key ON properties (plugin, key);
    CREATE TRIGGER forget_app AFTER DELETE ON apps BEGIN
        DELETE FROM properties WHERE owner = 'app:' || OLD.id;
    END;
    CREATE TABLE releases (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        app_id INTEGER NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('pending', 'live', 'superseded', 'failed')),
        created_at REAL NOT NULL,
        record TEXT NOT NULL,
        UNIQUE (app_id, number)
    ) STRICT;
    CREATE UNIQUE INDEX one_live_release ON releases (app_id) WHERE status = 'live';
    CREATE TABLE processes (
        app_id INTEGER NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
        type TEXT NOT NULL,
        number INTEGER NOT NULL,
        release_id INTEGER NOT NULL REFERENCES releases (id),
        container TEXT NOT NULL UNIQUE,
        address TEXT,
        port INTEGER,
        PRIMARY KEY (app_id, type, number)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE tasks (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        due_at REAL NOT NULL,
        plugin TEXT NOT NULL,
        name TEXT NOT NULL,
        payload TEXT NOT NULL
    ) STRICT;
    CREATE INDEX tasks_by_due ON tasks (due_at);
    """,
    """
    CREATE TABLE intents (
        app_id INTEGER NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
        what TEXT NOT NULL,
        details TEXT NOT NULL,
        PRIMARY KEY (app_id, what)
    ) STRICT, WITHOUT ROWID;
    """,
)


class _Open(threading.local):
    """This thread's connection, and how many blocks it is in."""

    db: sqlite3.Connection | None = None
    path: Path | None = None
    blocks: int = 0
    is_snapshot: bool = False
    """It reads the file alone, as it was when it was opened: it isn't kept."""


_open = _Open()


@dataclass(frozen=True)
class Schema:
    """Tables that one owner has, and how they came to be.

    Attributes:
        owner: `core`, or the noun of a plugin.
        migrations: SQL scripts; the first makes the tables, each later one changes them. Never edit one
            that was released.
    """

    owner: str
    migrations: tuple[str, ...]

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection to read with."""
        with _connection() as db:
            _migrate(db, self)
            yield db

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, kept when the block ends and undone when it raises."""
        with _connection() as db:
            _migrate(db, self)
            with _exclusively(db):
                yield db

    @contextmanager
    def supposing(self) -> Iterator[sqlite3.Connection]:
        """One transaction that is always undone, to see what a change would come to."""
        with _connection() as db:
            _migrate(db, self)
            with _turn(db):
                try:
                    yield db
                finally:
                    db.rollback()


CORE = Schema("core", _CORE)


@contextmanager
def _connection() -> Iterator[sqlite3.Connection]:
    from .context import current

    path = current().paths.state
    if _open.db is None or _open.path != path:
        if _open.blocks:
            raise RuntimeError(f"Two stores at once: {_open.path} and {path}.")
        let_go()
        with _blaming_the_host(path):
            _open.db, _open.path = _connect(path), path
        current().at_end(let_go)
    with _blaming_the_host(path):
        _open.blocks += 1
        try:
            yield _open.db
        except BaseException:
            _open.blocks -= 1
            let_go()
            raise
        _open.blocks -= 1
        if _open.is_snapshot:
            let_go()


def let_go() -> None:
    """Close this thread's connection, unless a block is using it; the next block opens it again.

    To be called before anything that starts a program or may take its time.
    """
    if _open.db is not None and not _open.blocks:
        _open.db.close()
        _open.db = None


os.register_at_fork(before=let_go)


def _connect(path: Path) -> sqlite3.Connection:
    if not path.exists():
        _create(path)
    try:
        db, _open.is_snapshot = _opened(path), False
    except sqlite3.OperationalError as error:
        if not _can_be_read_alone(path, error):
            raise
        db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)
        _open.is_snapshot = True
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA foreign_keys = ON")
    db.row_factory = sqlite3.Row
    return db


def _opened(path: Path) -> sqlite3.Connection:
    """Open the file, and what WAL mode needs beside it.

    Where root looks at the store with a program of SQLite's, it makes those files, and gives them to us a moment later.
    """
    end = time.monotonic() + GIVEN_SECONDS
    while True:
        db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            db.execute("PRAGMA schema_version")
            return db
        except sqlite3.OperationalError as error:
            db.close()
            is_another = error.sqlite_errorcode & _PRIMARY != sqlite3.SQLITE_CANTOPEN
            if is_another or time.monotonic() > end or _can_be_read_alone(path, error):
                raise
            time.sleep(GIVEN_SECONDS / 20)


def _can_be_read_alone(path: Path, error: sqlite3.OperationalError) -> bool:
    """Whether the file is all there is to read, on a disk that doesn't take what WAL mode needs beside it.

    It is when nobody has it open: the last one who had it, and ended in order, left no log.
    """
    from .disk import troubled

    log = path.with_name(f"{path.name}-wal")
    is_whole = not log.exists() or log.stat().st_size == 0
    return error.sqlite_errorcode & _PRIMARY in _HOST and is_whole and troubled([path]) is not None


def _create(path: Path) -> None:
    """Make the file, in WAL mode before anyone else opens it: a change of mode meets no busy timeout."""
    import tempfile

    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, beside = tempfile.mkstemp(prefix=".state-", dir=path.parent)  # for its owner only
    os.close(descriptor)
    try:
        with closing(sqlite3.connect(beside, isolation_level=None)) as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute(_SCHEMAS)
        with suppress(FileExistsError):  # another process was quicker
            os.link(beside, path)
    finally:
        Path(beside).unlink()


_SCHEMAS = "CREATE TABLE schemas (owner TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT"

_HOST = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_READONLY,
}
"""What the disk, its permissions or another program cause; any other error of SQLite's is a bug of ours."""
_PRIMARY = 0xFF
"""The bits of an error's code that say which it is; the others only refine it."""


@contextmanager
def _blaming_the_host(path: Path) -> Iterator[None]:
    """Turn what whoever runs the server can mend into an error that says so."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & _PRIMARY not in _HOST:
            raise
        raise _unusable(path, error) from error
    except OSError as error:
        if error.filename not in (str(path), str(path.parent)):
            raise
        raise _unusable(path, error) from error


def _unusable(path: Path, error: Exception) -> PaasError:
    from . import disk

    if disk.troubled([path]):
        return disk.unwritable(str(error), path)
    return PaasError(
        f"The store {path} can't be used: {error}.",
        hint="Run paas as root or as its own user. If that is not it, paas doctor looks for what is wrong.",
    )


def _migrate(db: sqlite3.Connection, schema: Schema) -> None:
    """Bring a schema's tables up to date; costs one query when they are."""
    version = _version(db, schema.owner)
    if version == len(schema.migrations):
        return
    if version > len(schema.migrations):
        raise PaasError(
            f"The store was written by a newer {schema.owner} (schema {version}; this program knows "
            f"{len(schema.migrations)}).",
            hint="Run the newer version, or restore a backup of the data root from before the upgrade.",
        )
    if schema.owner != CORE.owner:
        _migrate(db, CORE)
    with _exclusively(db):
        for number in range(_version(db, schema.owner), len(schema.migrations)):
            for statement in _statements(schema.migrations[number]):
                db.execute(statement)
            db.execute("INSERT OR REPLACE INTO schemas VALUES (?, ?)", (schema.owner, number + 1))


def _version(db: sqlite3.Connection, owner: str) -> int:
    row = db.execute("SELECT version FROM schemas WHERE owner = ?", (owner,)).fetchone()
    return int(row["version"]) if row else 0


@contextmanager
def _exclusively(db: sqlite3.Connection) -> Iterator[None]:
    if db.in_transaction:
        yield
        return
    with _turn(db), db:
        yield


@contextmanager
def _turn(db: sqlite3.Connection) -> Iterator[None]:
    """Begin a transaction when no other program of ours writes; whoever asks ends it.

    SQLite would only try again now and then, up to a tenth of a second apart, and give up after a minute: of twenty
    that write all the time one may never be lucky. The kernel wakes whoever waits, and frees the lock however its
    holder ends. It is on the folder, since opening the file once more would cost SQLite its own locks.
    """
    assert _open.path
    folder = os.open(_open.path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        db.execute("BEGIN IMMEDIATE")
        yield
    finally:
        os.close(folder)


def _statements(script: str) -> Iterator[str]:
    """A script's statements (executescript would commit the transaction around it)."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        raise ValueError(f"A migration ends within a statement: {statement.strip()[:60]}")


def properties(plugin: str, owner: str) -> dict[str, Any]:
    """All that a plugin keeps for an owner: key to JSON value.

    Args:
        plugin: The noun of the plugin.
        owner: `App.owner`, GLOBAL, or a name such as `service:postgres/orders`.
    """
    with CORE.reading() as db:
        rows = db.execute("SELECT key, value FROM properties WHERE owner = ? AND plugin = ?", (owner, plugin))
        return {row["key"]: json.loads(row["value"]) for row in rows}


def property(plugin: str, owner: str, key: str, default: Any = None) -> Any:
    """One value, or the default."""
    with CORE.reading() as db:
        row = db.execute(
            "SELECT value FROM properties WHERE owner = ? AND plugin = ? AND key = ?", (owner, plugin, key)
        ).fetchone()
    return json.loads(row["value"]) if row else default


def owners(plugin: str, key: str) -> dict[str, Any]:
    """Every owner of a key, with its value."""
    with CORE.reading() as db:
        rows = db.execute("SELECT owner, value FROM properties WHERE plugin = ? AND key = ?", (plugin, key))
        return {row["owner"]: json.loads(row["value"]) for row in rows}


def change(plugin: str, owner: str, values: Mapping[str, Any]) -> None:
    """Set keys in one transaction; None removes a key."""
    with CORE.writing() as db:
        for key, value in values.items():
            if value is None:
                db.execute("DELETE FROM properties WHERE (owner, plugin, key) = (?, ?, ?)", (owner, plugin, key))
            else:
                db.execute(
                    "INSERT OR REPLACE INTO properties (owner, plugin, key, value) VALUES (?, ?, ?, ?)",
                    (owner, plugin, key, json.dumps(value, ensure_ascii=False)),
                )


def replace(plugin: str, owner: str, values: Mapping[str, Any]) -> None:
    """Keep these values of a plugin for an owner and no others, in one transaction."""
    with CORE.writing():
        forget(owner, plugin)
        change(plugin, owner, values)


def forget(owner: str, plugin: str | None = None) -> None:
    """Remove what plugins keep for an owner that is gone, or what one plugin keeps for it."""
    with CORE.writing() as db:
        db.execute("DELETE FROM properties WHERE owner = ? AND plugin = coalesce(?, plugin)", (owner, plugin))
