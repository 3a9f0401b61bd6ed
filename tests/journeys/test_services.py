"""PostgreSQL and Redis for apps, on images of Debian's packages."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from testbed import debian
from testbed.client import Client
from testbed.engine import Dockerd
from testbed.sabotage import minute_passes
from testbed.servers import wait_until
from testbed.store import store
from testbed.system import System

pytestmark = pytest.mark.usefixtures("postgres")

SOAK = bool(os.environ.get("PAAS_TEST_SOAK"))
MEGABYTES = 1000 if SOAK else 10
ENDS = ["crash", "power"] * (5 if SOAK else 1)
"""Of dockerd: it is killed, or everything is at once."""
PRINTABLE = "".join(map(chr, range(ord(" "), ord("~") + 1)))
TABLE = b"create table orders as select generate_series(1, 1000) as number;"
COUNT = b"select count(*) from orders;"
SERVE = """\
use IO::Socket::INET;
my $web = IO::Socket::INET->new(LocalPort => $ENV{PORT}, Listen => 9, ReuseAddr => 1) or die;
while (my $client = $web->accept) {
    1 while defined($_ = <$client>) && /\\S/;
    open(my $rows, "-|", "psql", $ENV{DATABASE_URL} // "", "-Atc", "select count(*) from orders") or die;
    my $text = do { local $/; <$rows> } // "";
    print $client "HTTP/1.0 200 OK\\r\\nContent-Length: ", length $text, "\\r\\n\\r\\n$text";
}
"""
FILES: dict[str, str | bytes] = {
    "Dockerfile": 'FROM paas/postgres:15\nCOPY serve.pl /\nENTRYPOINT []\nCMD ["perl", "/serve.pl"]\nEXPOSE 5000\n',
    "serve.pl": SERVE,
}
"""An app that shows how many orders there are; nothing if it has no database."""


@pytest.fixture(scope="module")
def redis(system: System) -> None:
    """The plugin and its image, which stays for the next run; the plugin goes with the system."""
    system.ok("plugin:install", "redis")
    system.ok("redis:image-build", "7", "--base", debian.base_image())


def test_an_app_reads_what_its_database_holds(system: System, ann: Client) -> None:
    ann.ok("apps:create shop-db")
    ann.ok("postgres:create orders --image-version 15")
    ann.ok("postgres:link orders shop-db")
    assert ann.ok("postgres:connect orders", TABLE) == "SELECT 1000\n"
    pushed = ann.push(ann.app("shop-db", FILES))
    assert pushed.code == 0, pushed.all

    assert ann.get("shop-db.paas.test").body == "1000\n"
    assert "Cannot delete linked service" in ann.ssh("postgres:destroy orders --force").err
    assert ann.ok("postgres:info orders --connections --max-connections") == "0\n100\n"
    assert ann.ok("postgres:info orders --size").endswith(" kB\n")
    ann.ok("postgres:restart orders")
    assert ann.get("shop-db.paas.test").body == "1000\n", "it is reached by its name, wherever it is"

    assert "Restarting app shop-db" in ann.ok("postgres:unlink orders shop-db")
    assert ann.get("shop-db.paas.test").body == ""
    system.ok("apps:destroy", "shop-db", "--force")
    ann.ok("postgres:destroy orders", b"orders\n")
    assert not (system.root / "services" / "postgres" / "orders").exists()
    ours = ("--filter", f"label=paas.system={system.root}", "--filter", "label=paas.service=postgres/orders")
    assert system.docker("ps", "--all", "--quiet", *ours) == []


def test_two_apps_share_a_database(system: System, ann: Client) -> None:
    ann.ok("postgres:create shared --image-version 15")
    ann.ok("postgres:connect shared", TABLE)
    for name in ("one-db", "two-db"):
        ann.ok(f"apps:create {name}")
        ann.ok(f"postgres:link shared {name}")
        assert (pushed := ann.push(ann.app(name, FILES))).code == 0, pushed.all
    assert ann.ok("postgres:links shared") == "one-db\ntwo-db\n"

    ann.ok("postgres:connect shared", b"delete from orders where number > 10;")

    assert [ann.get(f"{name}.paas.test").body for name in ("one-db", "two-db")] == ["10\n", "10\n"]
    ann.ok("postgres:unlink shared one-db")
    assert [ann.get(f"{name}.paas.test").body for name in ("one-db", "two-db")] == ["", "10\n"]
    for name in ("one-db", "two-db"):
        system.ok("apps:destroy", name, "--force")
    ann.ok("postgres:destroy shared --force")


def test_what_a_database_held_comes_back_from_an_export(ann: Client) -> None:
    ann.ok("postgres:create old --image-version 15")
    ann.ok("postgres:connect old", TABLE)
    exported = ann.piped("postgres:export old")
    assert exported.returncode == 0
    assert exported.stdout.startswith(b"PGDMP")
    ann.ok("postgres:destroy old --force")

    ann.ok("postgres:create new --image-version 15")
    assert ann.piped("postgres:import new", exported.stdout).returncode == 0
    assert ann.piped("postgres:import new", exported.stdout[:1000]).returncode == 1

    assert "1000" in ann.ok("postgres:connect new", COUNT), "the import that failed has changed nothing"
    ann.ok("postgres:clone new copy")
    assert "1000" in ann.ok("postgres:connect copy", COUNT)
    for name in ("new", "copy"):
        ann.ok(f"postgres:destroy {name} --force")


@pytest.mark.usefixtures("redis")
def test_redis_gives_back_what_it_held_and_refuses_other_passwords(system: System, ann: Client) -> None:
    ann.ok("redis:create cache --password - --config-options '--appendonly yes'", PRINTABLE.encode())
    ann.ok("redis:connect cache", b"set greeting hello\nset soon gone ex 1000\nselect 3\nset other 1\n")
    exported = ann.piped("redis:export cache")
    assert exported.stdout.startswith(b"REDIS")
    ann.ok("redis:connect cache", b"set greeting lost\n")

    assert ann.piped("redis:import cache", exported.stdout).returncode == 0
    assert ann.piped("redis:import cache", b"nonsense").returncode == 1

    assert ann.ok("redis:connect cache", b"get greeting\n") == "hello\n"
    proved = ann.ok(f"redis:backup cache {system.root}/storage/backups --verify")
    assert "can be restored: 2 lasting keys in 2 databases, as when it was taken" in proved
    id = ann.ok("redis:info cache --id").strip()
    stranger = subprocess.run(["docker", "exec", id, "redis-cli", "get", "greeting"], capture_output=True, text=True)
    assert "NOAUTH" in stranger.stdout + stranger.stderr
    ann.ok("redis:destroy cache --force")


def test_no_write_that_was_acknowledged_is_lost_with_docker(shaky: System, engine: Dockerd, tmp_path: Path) -> None:
    shaky.ok("plugin:install", "postgres")
    saved = tmp_path / "image.tar"
    subprocess.run(["docker", "save", "--output", saved, "paas/postgres:15"], check=True)
    engine.docker("load", "--input", str(saved))
    shaky.ok("postgres:create", "ledger", "--image-version", "15")
    with connected(shaky) as connection:
        connection.execute("create table entries (number int primary key)")

    acknowledged = 0
    for end in ENDS:
        with writing(shaky, acknowledged) as writer:
            wait_until(lambda: writer.acknowledged > acknowledged + 50, "Nothing is written.")  # noqa: B023
            engine.kill() if end == "crash" else engine.lose_power()
            engine.start()
            minute_passes(shaky)
        acknowledged = writer.acknowledged
        wait_until(lambda: answers(shaky), "The database doesn't come back.")
        with connected(shaky) as connection:
            (found,) = connection.execute("select array_agg(number) from entries").fetchone() or ([],)
        assert set(range(1, acknowledged + 1)) <= set(found)
        acknowledged = max(found)
    shaky.ok("postgres:destroy", "ledger", "--force")


class Writer:
    """Writes numbers, each in a transaction of its own, until it is refused."""

    def __init__(self, system: System, first: int) -> None:
        self.acknowledged = first
        self._connection = psycopg.connect(**place(system), autocommit=True)

    def run(self) -> None:
        with self._connection:
            try:
                while True:
                    self._connection.execute("insert into entries values (%s)", [self.acknowledged + 1])
                    self.acknowledged += 1
            except psycopg.OperationalError:
                return


@contextmanager
def writing(system: System, first: int) -> Iterator[Writer]:
    """One who writes, until the database is gone, which it must be at the end of the block."""
    writer = Writer(system, first)
    thread = threading.Thread(target=writer.run)
    thread.start()
    yield writer
    thread.join(30)
    assert not thread.is_alive(), "the database has never been gone"


def place(system: System) -> dict[str, str]:
    """How the test reaches the database."""
    address, url = (system.ok("postgres:info", "ledger", f"--{what}").strip() for what in ("internal-ip", "dsn"))
    return {
        "host": address, "user": "postgres", "password": urlsplit(url).password or "", "dbname": "ledger",
        "connect_timeout": "5", "tcp_user_timeout": "5000",
    }  # fmt: skip


@contextmanager
def connected(system: System) -> Iterator[psycopg.Connection[tuple[list[int]]]]:
    with psycopg.connect(**place(system)) as connection:
        yield connection


def answers(system: System) -> bool:
    try:
        with connected(system) as connection:
            return bool(connection.execute("select 1").fetchone())
    except psycopg.OperationalError:
        return False


def test_a_large_database_goes_out_and_in_with_little_memory(system: System, tmp_path: Path) -> None:
    system.ok("postgres:create", "huge", "--image-version", "15")
    rows = MEGABYTES * 1000
    fill = f"create table parts as select n, (select string_agg(md5(random()::text || n || i), '') from \
generate_series(1, 30) i) as text from generate_series(1, {rows}) n;"
    system.ok("postgres:connect", "huge", input=fill.encode())
    began = time.monotonic()
    out = memory(system, "postgres:export", "huge", output=tmp_path / "dump")
    middle = time.monotonic()
    system.ok("postgres:destroy", "huge", "--force")
    system.ok("postgres:create", "huge", "--image-version", "15")
    begun = time.monotonic()
    into = memory(system, "postgres:import", "huge", input=tmp_path / "dump")

    size = (tmp_path / "dump").stat().st_size // 2**20
    seconds = f"{middle - began:.0f} s out, {time.monotonic() - begun:.0f} s in"
    print(f"{MEGABYTES} MB, {size} MB as a dump: {seconds}; {out} and {into} MB of memory")
    with store() as url:
        system.ok("postgres:backup-auth", "huge", "key", "-", "us-east-1", "v4", url, input=b"secret\n")
        up = memory(system, "postgres:backup", "huge", "backups")
    print(f"{up} MB of memory to a store")
    assert max(out, into, up) < 100
    count = system.ok("postgres:connect", "huge", input=b"select count(*) from parts;")
    assert str(rows) in count
    system.ok("postgres:destroy", "huge", "--force")


def memory(system: System, *words: str, input: Path | None = None, output: Path | None = None) -> int:
    """The most megabytes of memory that a command has had."""
    most = 0
    with open(input or os.devnull, "rb") as source, open(output or os.devnull, "wb") as sink:
        with subprocess.Popen([system.folder / "bin" / "paas", *words], stdin=source, stdout=sink) as program:
            while program.poll() is None:
                status = Path(f"/proc/{program.pid}/status").read_text()
                most = max(most, *(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)
                time.sleep(0.02)
    assert program.returncode == 0
    return most // 1024
