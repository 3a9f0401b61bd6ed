"""The postgres: commands."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from paas_services.api import Access, Held, Kind, commands

DATA = "/var/lib/postgresql/data"


def facts(access: Access) -> Mapping[str, str]:
    from . import asking  # psycopg is dear

    return asking.facts(access)


def frozen(access: Access) -> AbstractContextManager[Held]:
    from . import asking

    return asking.frozen(access)


def everything(access: Access) -> AbstractContextManager[Held]:
    from . import asking

    return asking.everything(access)


DUMP = ("pg_dump", "--format=custom", "--no-owner", "--no-acl", "--dbname={database}")
WHOLE = r"""
export PGDATABASE=postgres
roles=$(pg_dumpall --globals-only)
names=$(psql --no-psqlrc -Atc "select datname from pg_database where datallowconn and datname !~ '^template[01]$'")
printf '%s\n' "$roles" | grep -v -e '^CREATE ROLE postgres;$' -e '^ALTER ROLE postgres WITH '
printf '%s\n' "$names" | while IFS= read -r PGDATABASE; do
    pg_dump --create --clean --if-exists
done
"""
"""All databases and roles, as SQL; the role that we enter with is there, with its password."""

_POSTGRES = Kind(
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
    # Named, since the options of a service may follow, which are none without it.
    command=("postgres",),
    ready=("pg_isready", "--quiet", "--host=127.0.0.1", "--username=postgres"),
    client=("psql", "--username=postgres", "--dbname={database}"),
    client_environment={"PGDATABASE": "{database}", "PGUSER": "postgres"},
    dump=DUMP,
    # One transaction: an import that fails has changed nothing.
    restore=(
        *("pg_restore", "--clean", "--if-exists", "--no-owner", "--no-acl", "--single-transaction"),
        "--dbname={database}",
    ),
    facts=facts,
    frozen=frozen,
    reserved=("template0", "template1"),
    recipe=Path(__file__).parent / "image",
    bases={"13": "debian:bullseye-slim", "15": "debian:bookworm-slim", "17": "debian:trixie-slim"},
)

POSTGRES = replace(
    _POSTGRES,
    whole=replace(
        _POSTGRES,
        dump=("sh", "-ec", WHOLE, "dump"),
        restore=("psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname=template1", "--output=/dev/null"),
        frozen=everything,
    ),
)

app = commands(POSTGRES)
