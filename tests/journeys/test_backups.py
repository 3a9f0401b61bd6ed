"""Backups of PostgreSQL that prove themselves, whatever fails, and upgrades to other versions."""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from testbed import debian
from testbed.client import Answer, Client
from testbed.engine import kill_all
from testbed.servers import wait_until
from testbed.store import store
from testbed.system import System

pytestmark = pytest.mark.usefixtures("postgres")

SOAK = bool(os.environ.get("PAAS_TEST_SOAK"))
TABLE = b"create table orders as select generate_series(1, 1000) as number;"
COUNT = b"select count(*) from orders;"
LARGE = b"create table large as select md5(random()::text) as text from generate_series(1, 1000000);"
"""Which takes a second to be dumped, and 20 MB."""
BOB = b"""
create role bob login password 'secret';
create database "bob's" owner bob;
\\connect 'bob''s'
create table his as select generate_series(1, 3) as n;
alter table his owner to bob;
"""
HIS = b"""
\\pset format unaligned
\\pset tuples_only
\\connect 'bob''s'
select tableowner, (select count(*) from his) from pg_tables where tablename = 'his';
"""
"""A second database, and another role."""
MOVED = 1_000_000 if SOAK else 10_000
"""Rows that go from version to version."""


def test_a_backup_proves_itself_and_is_restored_from_a_folder_and_a_store(system: System, ann: Client) -> None:
    folder = system.root / "storage" / "backups"
    ann.ok("postgres:create books --image-version 15")
    ann.ok("postgres:connect books", TABLE)

    proved = ann.ok(f"postgres:backup books {folder} --verify")
    assert "can be restored: 1000 rows in 1 tables, as when it was taken" in proved
    ann.ok("postgres:connect books", b"delete from orders;")
    ann.ok("postgres:restore books --force")
    assert "1000" in ann.ok("postgres:connect books", COUNT)

    with store() as url:
        ann.ok(f"postgres:backup-auth books key - us-east-1 v4 {url}", b"secret\n")
        ann.ok("postgres:backup-set-encryption books -", b"a pass phrase\n")
        assert "as when it was taken" in ann.ok("postgres:backup books backups --verify")
        ann.ok("postgres:connect books", b"drop table orders;")
        ann.ok("postgres:restore books backups", b"books\n")
        assert "1000" in ann.ok("postgres:connect books", COUNT)
        (listed,) = json.loads(ann.ok("postgres:backup-list books backups --format json"))
    assert listed["name"].endswith(".dump.gpg")
    assert listed["verified"] > listed["taken"]
    assert "postgres books" not in system.paas("doctor").all
    ann.ok("postgres:destroy books --force")
    ours = ("--filter", f"label=paas.system={system.root}", "--filter", "label=paas.service-aside")
    assert system.docker("ps", "--all", "--quiet", *ours) == []


def test_a_backup_that_is_killed_or_finds_no_room_leaves_the_earlier_one(system: System, ann: Client) -> None:
    ann.ok("postgres:create large --image-version 15")
    ann.ok("postgres:connect large", LARGE)
    with small_disk(system) as folder:
        full = ann.ssh(f"postgres:backup large {folder}")
        assert full.code == 1, full.all
        assert f"{folder} is full" in full.err
        assert "Traceback" not in full.err
        assert os.listdir(folder) == []
    folder = system.root / "storage" / "backups"
    ann.ok(f"postgres:backup large {folder}")
    before = sorted(os.listdir(folder))
    id = ann.ok("postgres:info large --id").strip()

    with ThreadPoolExecutor(1) as pool:
        backup = pool.submit(ann.ssh, f"postgres:backup large {folder}")
        wait_until(lambda: bool(dumps(system, id)), "Nothing is dumped.")
        kill_all(dumps(system, id))
        killed: Answer = backup.result()

    assert killed.code == 1, killed.all
    assert "The export of large failed with status 137" in killed.err
    assert sorted(os.listdir(folder)) == before
    assert f"postgres large: Its last backup, to {folder}, failed: The export of large" in system.paas("doctor").all
    ann.ok("postgres:destroy large --force")


def test_a_database_goes_from_version_to_version(system: System, ann: Client) -> None:
    first, *later = route(system)
    ann.ok(f"postgres:create aged --image-version {first}")
    table = f"create table moved as select md5(n::text) as text from generate_series(1, {MOVED}) n;"
    ann.ok("postgres:connect aged", f"{table} create index on moved (text); create sequence counter;".encode())
    ann.ok("postgres:connect aged", BOB)
    url = ann.ok("postgres:info aged --dsn")
    assert "To which version?" in ann.ssh("postgres:upgrade aged").err
    for version in later:
        began = time.monotonic()
        said = ann.ok(f"postgres:upgrade aged --image-version {version}")
        print(f"to {version}: {time.monotonic() - began:.1f} s")
        assert f"=====> Postgres service aged is postgres:{version}\n" in said
        assert f"PostgreSQL {version.partition('.')[0]}." in ann.ok("postgres:connect aged", b"select version();")
        assert str(MOVED) in ann.ok("postgres:connect aged", b"select count(*) from moved;")
        assert ann.ok("postgres:info aged --dsn") == url
    assert os.listdir(system.root / "services/postgres/aged") == [f"data-{later[-1]}"]

    assert ann.ok("postgres:connect aged", HIS).endswith("\nbob|3\n")

    ann.ok("postgres:connect aged", b"create database locked with allow_connections false;")
    refused = ann.ssh(f"postgres:upgrade aged --image-version {first}")
    assert (refused.code, "also holds the database locked" in refused.err) == (1, True), refused.all
    assert str(MOVED) in ann.ok("postgres:connect aged", b"select count(*) from moved;")
    ann.ok("postgres:destroy aged --force")


def route(system: System) -> list[str]:
    """Versions of which there are images: three releases of Debian take minutes to make, so it is one as a rule."""
    if not SOAK:
        system.docker("tag", "paas/postgres:15", "paas/postgres:15.1")
        return ["15", "15.1"]
    for version, release in (found := {"13": "bullseye", "15": "bookworm", "17": "trixie"}).items():
        system.ok("postgres:image-build", version, "--base", debian.base_image(release))
    return list(found)


def dumps(system: System, id: str) -> list[int]:
    """Each pg_dump in a container."""
    lines = [line.split() for line in system.docker("top", id, "-eo", "pid,comm")]
    return [int(pid) for pid, program, *_ in lines if program == "pg_dump"]


@contextmanager
def small_disk(system: System) -> Iterator[Path]:
    """A folder for backups on a disk of a megabyte."""
    folder, account = system.root / "storage" / "small", pwd.getpwnam(system.user)
    system.ok("storage:ensure-directory", "small", "--chown", "false")
    options = f"size=1m,uid={account.pw_uid},gid={account.pw_gid},mode=700"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)
