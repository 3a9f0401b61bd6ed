"""What was asked of authorities and what came of it, to keep within their limits and to try again later."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from paas import App
from paas.state import Schema

SCHEMA = Schema(
    "letsencrypt",
    (
        """
        CREATE TABLE letsencrypt_apps (
            app_id INTEGER PRIMARY KEY REFERENCES apps (id) ON DELETE CASCADE,
            server TEXT NOT NULL,
            due_at REAL NOT NULL,
            failures INTEGER NOT NULL DEFAULT 0,
            error TEXT NOT NULL DEFAULT '',
            left_out TEXT NOT NULL DEFAULT '[]',
            warned_at REAL NOT NULL DEFAULT 0
        ) STRICT;
        CREATE TABLE letsencrypt_attempts (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at REAL NOT NULL,
            server TEXT NOT NULL,
            names TEXT NOT NULL,
            failed TEXT NOT NULL,
            outcome TEXT NOT NULL CHECK (outcome IN ('begun', 'issued', 'failed'))
        ) STRICT;
        CREATE INDEX letsencrypt_attempts_by_time ON letsencrypt_attempts (at);
        """,
    ),
)
HOUR, WEEK = 3600, 7 * 86400


@dataclass(frozen=True)
class Attempt:
    """One order at an authority.

    Attributes:
        at: Seconds since the epoch.
        names: In order.
        failed: Those that it could not validate.
        outcome: begun, issued or failed; one that was killed stays begun.
    """

    at: float
    names: tuple[str, ...]
    failed: tuple[str, ...]
    outcome: str


@dataclass(frozen=True)
class Record:
    """What is known of an app whose certificates come from an authority.

    Attributes:
        due_at: When it is looked at again.
        failures: In a row.
        error: Of the last one.
        left_out: Domains that could not be had.
        warned_at: When notifiers were told last.
    """

    app_id: int
    server: str
    due_at: float
    failures: int = 0
    error: str = ""
    left_out: tuple[str, ...] = ()
    warned_at: float = 0


@dataclass(frozen=True)
class Limits:
    """What an authority publishes; by default Let's Encrypt's: how many in how long."""

    orders: int = 300
    orders_seconds: float = 3 * HOUR
    duplicates: int = 5
    failed_validations: int = 5
    new_per_domain: int = 50


def must_wait(
    attempts: Iterable[Attempt], names: Sequence[str], now: float, limits: Limits | None = None, *, renews: bool = False
) -> tuple[float, str]:
    """Until when an order has to wait so as to keep within the limits, and why; 0 if it may go.

    Args:
        renews: There is a certificate for these very names, whose successors count as no new ones.
    """
    limits = limits or Limits()
    known = list(attempts)
    wanted = tuple(sorted(names))
    issued = [a for a in known if a.outcome == "issued"]
    renews = renews or any(a.names == wanted for a in issued)
    rules = [
        (known, limits.orders, limits.orders_seconds, "orders in three hours"),
        (
            [a for a in issued if a.names == wanted],
            limits.duplicates,
            WEEK,
            "certificates for the same names in a week",
        ),
    ]
    for name in wanted:
        failed = [a for a in known if name in a.failed]
        rules.append((failed, limits.failed_validations, HOUR, f"failed validations of {name} in an hour"))
    for domain in set() if renews else set(map(registered, wanted)):
        inside = [a for a in issued if domain in map(registered, a.names)]
        rules.append((inside, limits.new_per_domain, WEEK, f"certificates in {domain} in a week"))
    waits = [(end, f"{most} {what}") for made, most, span, what in rules if (end := _free_at(made, most, span)) > now]
    return max(waits, default=(0.0, ""))


def registered(name: str) -> str:
    """The domain that somebody has registered, near enough: a limit that is kept too early does no harm."""
    return ".".join(name.split(".")[-2:])


def _free_at(made: Sequence[Attempt], most: int, span: float) -> float:
    """When one more may be made: once the oldest of the last `most` is older than the span."""
    times = sorted(a.at for a in made)
    return times[-most] + span if len(times) >= most else 0.0


def attempts(server: str, since: float) -> list[Attempt]:
    with SCHEMA.reading() as db:
        rows = db.execute("SELECT * FROM letsencrypt_attempts WHERE server = ? AND at > ? ORDER BY at", (server, since))
        return [
            Attempt(r["at"], tuple(json.loads(r["names"])), tuple(json.loads(r["failed"])), r["outcome"]) for r in rows
        ]


def begin(server: str, names: Sequence[str], now: float) -> int:
    """Record that an order is about to be made, before it is: a killed one counts as well."""
    with SCHEMA.writing() as db:
        db.execute("DELETE FROM letsencrypt_attempts WHERE at < ?", (now - 2 * WEEK,))
        row = db.execute(
            "INSERT INTO letsencrypt_attempts (at, server, names, failed, outcome)"
            " VALUES (?, ?, ?, '[]', 'begun') RETURNING id",
            (now, server, json.dumps(sorted(names))),
        ).fetchone()
    return int(row["id"])


def end(attempt: int, outcome: str, failed: Sequence[str] = ()) -> None:
    with SCHEMA.writing() as db:
        db.execute(
            "UPDATE letsencrypt_attempts SET outcome = ?, failed = ? WHERE id = ?",
            (outcome, json.dumps(list(failed)), attempt),
        )


def record(app: App) -> Record | None:
    """What is known of an app; None if no authority gives it certificates."""
    with SCHEMA.reading() as db:
        row = db.execute("SELECT * FROM letsencrypt_apps WHERE app_id = ?", (app.id,)).fetchone()
    return Record(**{**dict(row), "left_out": tuple(json.loads(row["left_out"]))}) if row else None


def keep(record: Record) -> None:
    with SCHEMA.writing() as db:
        db.execute(
            "INSERT OR REPLACE INTO letsencrypt_apps (app_id, server, due_at, failures, error, left_out, warned_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                record.app_id,
                record.server,
                record.due_at,
                record.failures,
                record.error,
                json.dumps(record.left_out),
                record.warned_at,
            ),
        )


def forget(app: App) -> None:
    with SCHEMA.writing() as db:
        db.execute("DELETE FROM letsencrypt_apps WHERE app_id = ?", (app.id,))
