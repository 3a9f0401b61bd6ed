"""The apps that the store knows, and the names that they may have."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .errors import AppNotFound, InvalidValue, PaasError, UsageError
from .state import CORE, GLOBAL

NAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
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


def checked_name(name: str) -> str:
    """A name that an app may have.

    Raises:
        InvalidValue: It may not.
    """
    if name in (GLOBAL, ":global"):
        raise UsageError("--global is not for this command: it needs the name of an app.")
    # To git, shop.git is another way to write shop.
    if not NAME.fullmatch(name) or ".." in name or name.endswith(".git") or len(name) > MAX_NAME:
        shown = name if len(name) <= 2 * MAX_NAME else f"{name[: 2 * MAX_NAME]}…"
        raise InvalidValue(
            f"{shown!r} is not a name for an app.",
            hint="Use at most 63 lowercase letters, digits, dots and hyphens, a letter or digit at both ends, no .git.",
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


def _app(row: sqlite3.Row) -> App:
    return App(id=row["id"], name=row["name"], created_at=row["created_at"])
