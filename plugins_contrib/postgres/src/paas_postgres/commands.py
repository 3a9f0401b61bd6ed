"""The postgres: commands."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from paas_services.api import Access, Held, Kind, commands

DATA = "/var/lib/postgresql/data"


def facts(access: Access) -> Mapping[str, str]:
    from . import asking  # psycopg is dear

    return asking.facts(access)


def frozen(access: Access) -> AbstractContextManager[Held]:
    from . import asking

    return asking.frozen(access)


POSTGRES = Kind(
    noun="postgres",
    title="Postgres",
    image="postgres",
    version="17",
    port=5432,
    alias="DATABASE",
    url="{scheme}://postgres:{password}@{host}:{port}/{database}",
    schemes=("postgres", "postgresql"),
    data=DATA,
    environment={"POSTGRES_PASSWORD": "{password}", "POSTGRES_DB": "{database}", "PGDATA": DATA},
    ready=("pg_isready", "--quiet", "--host=127.0.0.1", "--username=postgres"),
    client=("psql", "--username=postgres", "--dbname={database}"),
    client_environment={"PGDATABASE": "{database}", "PGUSER": "postgres"},
    dump=("pg_dump", "--format=custom", "--no-owner", "--no-acl", "--dbname={database}"),
    # One transaction: an import that fails has changed nothing.
    restore=(
        *("pg_restore", "--clean", "--if-exists", "--no-owner", "--no-acl", "--single-transaction"),
        "--dbname={database}",
    ),
    facts=facts,
    frozen=frozen,
    recipe=Path(__file__).parent / "image",
)

app = commands(POSTGRES)
