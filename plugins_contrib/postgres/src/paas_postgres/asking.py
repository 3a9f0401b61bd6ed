"""What a PostgreSQL server says when it is asked, over a connection from the server that it runs on."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from paas import PaasError
from paas_services.api import Access, Held

if TYPE_CHECKING:
    from psycopg import Connection


CONNECT_SECONDS = 10
FACTS = """
    SELECT pg_size_pretty(pg_database_size(current_database())),
           (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()),
           current_setting('max_connections')
"""
TABLES = r"""
    SELECT nspname, relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relkind = 'r' AND relpersistence = 'p' AND nspname <> 'information_schema' AND nspname NOT LIKE 'pg\_%'
    ORDER BY nspname, relname
"""
BEYOND = r"""
    SELECT 'the database', datname FROM pg_database
    WHERE NOT datistemplate AND datname NOT IN (current_database(), 'postgres')
    UNION ALL SELECT 'the role', rolname FROM pg_roles WHERE rolname NOT LIKE 'pg\_%' AND rolname <> 'postgres'
"""
"""What pg_dump leaves out."""
DATABASES = """
    SELECT datname, datallowconn FROM pg_database WHERE datname NOT IN ('template0', 'template1') ORDER BY datname
"""


@contextmanager
def connected(access: Access) -> Iterator[Connection]:
    """A connection, until the block ends; what was changed and not committed is undone.

    Raises:
        PaasError: The server can't be reached, or refuses.
    """
    import psycopg

    # It would tell on stderr of what has come to an end with the server, which is raised anyway.
    logging.getLogger("psycopg").setLevel(logging.CRITICAL)
    try:
        with psycopg.connect(
            host=access.host,
            port=access.port,
            dbname=access.database,
            user="postgres",
            password=access.password,
            connect_timeout=CONNECT_SECONDS,
            application_name="paas",
        ) as connection:
            yield connection
            connection.rollback()
    except psycopg.Error as error:
        raise PaasError(f"PostgreSQL can't be asked: {str(error).strip()}") from error


@contextmanager
def frozen(access: Access) -> Iterator[Held]:
    """The rows of each table at one moment, which pg_dump sees too while the block lasts."""
    from psycopg import IsolationLevel

    with connected(access) as connection:
        connection.isolation_level, connection.read_only = IsolationLevel.REPEATABLE_READ, True
        rows = _rows(connection)
        snapshot = connection.execute("SELECT pg_export_snapshot()").fetchone()
        beyond = [f"{what} {name}" for what, name in connection.execute(BEYOND).fetchall()]
        yield Held(rows, [f"--snapshot={snapshot[0]}"] if snapshot else [], beyond)


@contextmanager
def everything(access: Access) -> Iterator[Held]:
    """The rows of each table of every database, on a server that nobody else is connected to."""
    with connected(access) as connection:
        databases = connection.execute(DATABASES).fetchall()
    rows: dict[str, int] = {}
    for name, _ in (each for each in databases if each[1]):
        with connected(replace(access, database=name)) as connection:
            rows |= {f"{name}: {table}": count for table, count in _rows(connection).items()}
    yield Held(rows, beyond=[f"the database {name}, which lets nobody in" for name, open in databases if not open])


def _rows(connection: Connection) -> dict[str, int]:
    """How many each table has, by schema and name."""
    from psycopg import sql

    count, rows = sql.SQL("SELECT count(*) FROM {}"), {}
    for schema, table in connection.execute(TABLES).fetchall():
        found = connection.execute(count.format(sql.Identifier(schema, table))).fetchone()
        rows[f"{schema}.{table}"] = int(found[0]) if found else 0
    return rows


def facts(access: Access) -> Mapping[str, str]:
    """The size of the database, who is connected to it, and how many may be."""
    with connected(access) as connection:
        found = connection.execute(FACTS).fetchone()
    return dict(zip(("size", "connections", "max-connections"), map(str, found or ()), strict=True))
