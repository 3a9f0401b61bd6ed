"""A system that install.sh made, seen from inside: what runs, what is stored, what is left."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import pwd
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from . import engine, servers
from .client import Answer, Client

REPOSITORY = Path(__file__).resolve().parents[2]
DOMAIN = "paas.test"
USER = f"paas-test-{hashlib.sha256(bytes(REPOSITORY)).hexdigest()[:6]}{os.environ.get('PYTEST_XDIST_WORKER', '')}"
"""The account of a test system: one for each process that runs tests, so that two don't meet in one home."""


@dataclass(frozen=True)
class System:
    """An installed system.

    Attributes:
        folder: Where everything of it is.
        user: Its account.
        root: Its data root.
        home: Where the repositories are.
        docker_socket: Its engine's; empty for the machine's own.
    """

    folder: Path
    user: str
    root: Path
    home: Path
    ssh_port: int
    http_port: int
    https_port: int
    docker_socket: str = ""

    def paas(self, *words: str, input: bytes = b"") -> Answer:
        """Run a command on the server, as root."""
        done = subprocess.run([self.folder / "bin" / "paas", *words], input=input, capture_output=True, timeout=300)
        return Answer(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))

    def ok(self, *words: str, input: bytes = b"") -> str:
        answer = self.paas(*words, input=input)
        assert answer.code == 0, answer.all
        return answer.out

    def client(self, folder: Path) -> Client:
        """A user with a key that the system knows."""
        client = Client(folder, self.user, self.ssh_port, self.http_port)
        name = "".join(c for c in "-".join(folder.parts[-2:]) if (c.isascii() and c.isalnum()) or c in "._-")
        self.ok("ssh-keys:add", f"key-{name[:90]}", input=client.make_key().encode())
        return client

    def containers(self, app: str) -> list[str]:
        """The ids of an app's containers, running or not, those that wait for their end too."""
        app_id = self.query("SELECT id FROM apps WHERE name = ?", app)
        return self.docker("ps", "-aq", "--no-trunc", *self._ours(f"paas.app-id={app_id[0]['id']}")) if app_id else []

    def slots(self, app: str) -> list[str]:
        """The processes that are meant to run and do, as `web.1`."""
        rows = self.query(
            "SELECT type, number, container FROM processes JOIN apps ON app_id = apps.id WHERE name = ?", app
        )
        running = self.docker("ps", "-q", "--no-trunc", *self._ours())
        return sorted(f"{row['type']}.{row['number']}" for row in rows if row["container"] in running)

    def environment(self, app: str, slot: str = "web.1") -> dict[str, str]:
        """What a process has as its environment, from the kernel."""
        type, _, number = slot.partition(".")
        row = self.query(
            "SELECT container FROM processes JOIN apps ON app_id = apps.id WHERE name = ? AND type = ? AND number = ?",
            app,
            type,
            number,
        )[0]
        found = json.loads("".join(self.docker("inspect", "--format", "{{json .Config.Env}}", row["container"])))
        return dict(entry.split("=", 1) for entry in found)

    def images(self, app: str) -> list[str]:
        app_id = self.query("SELECT id FROM apps WHERE name = ?", app)
        if not app_id:
            return []
        return sorted(set(self.docker("images", "-q", "--no-trunc", *self._ours(f"paas.app-id={app_id[0]['id']}"))))

    def inventory(self) -> set[str]:
        """All that a system holds of its apps, to see what is left of one that is gone."""
        rows = (f"{table}: {tuple(row)}" for table in self._tables() for row in self.query(f"SELECT * FROM {table}"))
        return {
            *self.docker("ps", "-aq", "--no-trunc", *self._ours()),
            *self.docker("images", "-q", "--no-trunc", *self._ours()),
            *map(str, self._files()),
            *rows,
        }

    def lose_power(self) -> None:
        """End nginx and whatever runs as the system's account, as a reboot would."""
        uid, pid = pwd.getpwnam(self.user).pw_uid, self.folder / "nginx" / "nginx.pid"
        account = [process for process in engine.processes() if engine.owner(process) == uid]
        master = [int(pid.read_text())] if pid.exists() else []
        engine.kill_all([*account, *master, *(child for one in master for child in engine.descendants(one))])
        pid.unlink(missing_ok=True)

    def make_tasks_due(self) -> None:
        """Let the time pass that planned work waits for."""
        with closing(sqlite3.connect(self.root / "state.db", timeout=60)) as db, db:
            db.execute("UPDATE tasks SET due_at = 0")

    @contextmanager
    def without_ticks(self) -> Iterator[None]:
        """Let none begin: a deploy leaves one that comes a minute later, in the middle of another test."""
        self.ok("tick")  # the first makes the lock
        with (self.root / "locks" / "tick.lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def query(self, sql: str, *values: str) -> list[sqlite3.Row]:
        with closing(sqlite3.connect(self.root / "state.db", timeout=60)) as db:
            db.row_factory = sqlite3.Row
            return db.execute(sql, values).fetchall()

    def _tables(self) -> list[str]:
        # What is planned (and the pointer of a rotation) changes by itself.
        passing = ("tasks", "sqlite_sequence", "scheduler_docker_last")
        rows = self.query("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        return [row["name"] for row in rows if row["name"] not in passing]

    def _files(self) -> Iterator[Path]:
        for place in (self.root / "apps", self.root / "plugins", self.root / "locks", self.root / "tmp"):
            yield from place.rglob("*")
        yield from (path for path in self.home.iterdir() if not path.name.startswith("."))
        yield from (self.folder / "nginx" / "logs").glob("*")

    def _ours(self, *labels: str) -> list[str]:
        filters = [f"label={label}" for label in (f"paas.system={self.root}", *labels)]
        return [word for label in filters for word in ("--filter", label)]

    def docker(self, *words: str) -> list[str]:
        """The lines that a docker command prints."""
        return engine.docker(self.docker_socket, *words)


@contextmanager
def installed(folder: Path, user: str = USER, docker_socket: str = "") -> Iterator[System]:
    """A system of its own in a folder, with its sshd and its nginx, until the block ends."""
    folder.chmod(0o755)  # the system's account must get in
    ssh_port, http_port, https_port = (servers.free_port() for _ in range(3))
    web = folder / "nginx"
    for place in (web / "logs", web / "conf.d", folder / "bin"):
        place.mkdir(parents=True)
    home = Path("/home") / user
    system = System(folder, user, folder / "data", home, ssh_port, http_port, https_port, docker_socket)
    with servers.nginx(web, web / "conf.d" / "paas.conf", web / "nginx.pid"):
        try:
            _install(system, web)
            with servers.sshd(folder / "sshd", ssh_port, user):
                yield system
        finally:
            _remove(system)


def install(*words: str) -> Answer:
    """Run install.sh."""
    with accounts():
        done = subprocess.run(
            [REPOSITORY / "install.sh", *words], capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
    return Answer(done.returncode, done.stdout, done.stderr)


@contextmanager
def accounts() -> Iterator[None]:
    """Be the only one of the tests who changes the machine's accounts and packages: the second would be refused."""
    with (Path(tempfile.gettempdir()) / "paas-tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_stack(paas: Path) -> None:
    """Have the image for buildpacks on the machine's engine: the first process of the tests makes it, others wait."""
    with (Path(tempfile.gettempdir()) / "paas-tests-stack.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run([paas, "stack:build"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _install(system: System, web: Path) -> None:
    options = {
        "--user": system.user,
        "--prefix": system.folder / "opt",
        "--root": system.root,
        "--bin": system.folder / "bin",
        "--nginx": web,
        "--nginx-http-port": system.http_port,
        "--nginx-https-port": system.https_port,
        "--ssh-port": system.ssh_port,
        "--domain": DOMAIN,
        **({"--docker-socket": system.docker_socket} if system.docker_socket else {}),
    }
    done = install("--no-services", *(str(word) for option in options.items() for word in option))
    assert done.code == 0, done.all


def _remove(system: System) -> None:
    """End and remove what is outside of the system's folder."""
    if not system.docker_socket:  # else the engine goes with all that it has
        _empty(system)
    with suppress(KeyError):  # install.sh may have failed before there was an account
        system.lose_power()
    with accounts():
        subprocess.run(["userdel", "--force", system.user], capture_output=True)
    shutil.rmtree(system.home, ignore_errors=True)
    Path(f"/etc/sudoers.d/{system.user}").unlink(missing_ok=True)


def _empty(system: System) -> None:
    """Leave nothing of a system on the machine's engine."""
    for listing, removal in (("ps -aq", "rm --force"), ("images -q", "rmi --force"), ("network ls -q", "network rm")):
        if found := set(system.docker(*listing.split(), *system._ours())):
            subprocess.run(["docker", *removal.split(), *found], capture_output=True)
