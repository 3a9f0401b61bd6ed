"""What a user does from their own machine: ssh, git and a browser's requests."""

from __future__ import annotations

import http.client
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from .session import Session

BUSYBOX = Path("/usr/bin/busybox")


@dataclass(frozen=True)
class Answer:
    """What a program printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err


@dataclass(frozen=True)
class Page:
    status: int
    body: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Client:
    """A user with a key for a system.

    Attributes:
        folder: Their files: the key and the working copies.
        user: The account on the system.
        ssh_port: Where its sshd listens.
        http_port: Where its nginx listens.
        connection: The socket of a connection that is kept; without one each command makes its own.
    """

    folder: Path
    user: str
    ssh_port: int
    http_port: int
    connection: Path | None = None

    @property
    def key(self) -> Path:
        return self.folder / "id"

    @property
    def _ssh(self) -> list[str]:
        known = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"]
        kept = ["-o", f"ControlPath={self.connection}"] if self.connection else []
        return ["ssh", "-i", str(self.key), "-p", str(self.ssh_port), "-o", "IdentitiesOnly=yes", *known, *kept]

    @contextmanager
    def connected(self) -> Iterator[Client]:
        """The user as one whose commands all go through one connection, which lives as long as the block."""
        with tempfile.TemporaryDirectory(prefix="paas-ssh-") as folder:  # a socket's path may not be long
            client = replace(self, connection=Path(folder) / "s")
            master = [*client._ssh, "-N", "-f", "-o", "ControlMaster=yes", f"{self.user}@127.0.0.1"]
            subprocess.run(master, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                yield client
            finally:
                subprocess.run([*client._ssh, "-q", "-O", "exit", "127.0.0.1"], capture_output=True, check=True)

    def make_key(self) -> str:
        """Their public key."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self.key.exists():
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key], check=True)
        return self.key.with_suffix(".pub").read_text()

    def ssh(self, command: str, input: bytes = b"", *, tty: bool = False) -> Answer:
        """Run a command line on the system; it is sent as it is, since no shell of ours reads it."""
        words = [*self._ssh, *(["-tt"] if tty else ["-T"]), f"{self.user}@127.0.0.1", command]
        return _run(words, input=input)

    def piped(self, command: str, input: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """The same without a terminal, byte for byte."""
        words = [*self._ssh, "-T", f"{self.user}@127.0.0.1", command]
        return subprocess.run(words, input=input, capture_output=True, timeout=300)

    def session(self, command: str, *, tty: bool) -> Session:
        """A command that goes on while the test does; with a terminal, or a pipe that it reads from."""
        return Session([*self._ssh, "-tt" if tty else "-T", f"{self.user}@127.0.0.1", command])

    def ok(self, command: str, input: bytes = b"") -> str:
        answer = self.ssh(command, input)
        assert answer.code == 0, answer.all
        return answer.out

    def url(self, app: str) -> str:
        return f"ssh://{self.user}@127.0.0.1:{self.ssh_port}/{app}"

    def git(self, copy: Path, *words: str) -> Answer:
        return _run(["git", "-C", str(copy), *words], env=self.git_environment())

    def git_environment(self) -> dict[str, str]:
        return {
            **{k: v for k, v in os.environ.items() if not k.startswith("GIT_")},
            "GIT_SSH_COMMAND": " ".join(self._ssh),
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_AUTHOR_NAME": "Ann",
            "GIT_AUTHOR_EMAIL": "ann@example.com",
            "GIT_COMMITTER_NAME": "Ann",
            "GIT_COMMITTER_EMAIL": "ann@example.com",
        }

    def app(self, name: str, files: Mapping[str, str | bytes]) -> Path:
        """A working copy with these files committed on main."""
        copy = self.folder / name
        copy.mkdir(parents=True)
        self.git(copy, "init", "--quiet", "--initial-branch=main")
        self.commit(copy, files)
        return copy

    def commit(self, copy: Path, files: Mapping[str, str | bytes]) -> None:
        for path, content in files.items():
            file = copy / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
            if path == BUSYBOX.name:
                file.chmod(0o755)
        self.git(copy, "add", "--all", "--force")
        self.git(copy, "commit", "--quiet", "--allow-empty", "--message=change")

    def push(self, copy: Path, app: str | None = None, ref: str = "main") -> Answer:
        return self.git(copy, "push", self.url(app or copy.name), ref)

    def get(self, host: str, path: str = "/", port: int | None = None) -> Page:
        """Fetch a page of a virtual host through nginx.

        Raises:
            http.client.RemoteDisconnected: nginx refused to answer, as it does for unknown hosts.
        """
        connection = http.client.HTTPConnection("127.0.0.1", port or self.http_port, timeout=30)
        try:
            connection.request("GET", path, headers={"Host": host})
            answer = connection.getresponse()
            return Page(answer.status, answer.read().decode(errors="replace"), dict(answer.getheaders()))
        finally:
            connection.close()


def _run(argv: list[str], input: bytes = b"", env: Mapping[str, str] | None = None) -> Answer:
    done = subprocess.run(argv, input=input, capture_output=True, timeout=300, env=env)
    return Answer(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


def web(
    page: str = "hello", procfile: str = "", extra: Mapping[str, str | bytes] | None = None
) -> dict[str, str | bytes]:
    """Files of a web app that needs no registry: busybox on nothing."""
    files: dict[str, str | bytes] = {
        "Dockerfile": "FROM scratch\n"
        "COPY busybox /bin/busybox\n"
        'RUN ["/bin/busybox", "ln", "-s", "/bin/busybox", "/bin/sh"]\n'
        "RUN for name in sleep echo env cat httpd; do /bin/busybox ln -s busybox /bin/$name; done\n"
        "COPY www /www\n"
        'CMD ["httpd", "-f", "-p", "5000", "-h", "/www"]\n',
        "busybox": BUSYBOX.read_bytes(),
        "www/index.html": page,
        ".gitattributes": "busybox binary\n",
    }
    if procfile:
        files["Procfile"] = procfile
    return files | dict(extra or {})
