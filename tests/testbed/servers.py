"""The sshd and the nginx of a test system, each on a port of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

READY_SECONDS = 10


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_until(ready: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        if ready():
            return
        time.sleep(0.02)
    raise TimeoutError(f"After {READY_SECONDS} seconds: {what}")


def listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def sshd(folder: Path, port: int, user: str) -> Iterator[None]:
    """OpenSSH for one account, until the block ends."""
    folder.mkdir(parents=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "host_key"], check=True)
    config = folder / "sshd_config"
    config.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host_key\nPidFile {folder}/pid\n"
        f"AllowUsers {user}\nPasswordAuthentication no\nUsePAM no\nStrictModes no\nAcceptEnv LANG LC_*\n"
        f"AuthorizedKeysFile {pwd.getpwnam(user).pw_dir}/.ssh/authorized_keys\nMaxStartups 100\nPermitTTY yes\n"
    )
    Path("/run/sshd").mkdir(exist_ok=True)
    with _program([shutil.which("sshd") or "/usr/sbin/sshd", "-D", "-e", "-f", config], folder / "log"):
        wait_until(lambda: listens(port), f"sshd doesn't listen on port {port}.")
        yield


@contextmanager
def nginx(folder: Path, include: Path, pid: Path) -> Iterator[Path]:
    """nginx with nothing but the sites of the test system; its main configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    include.parent.mkdir(parents=True, exist_ok=True)
    include.touch()
    config = folder / "nginx.conf"
    config.write_text(
        f"user www-data;\nworker_processes 2;\npid {pid};\nerror_log {folder}/error.log;\n"
        "events { worker_connections 1024; }\n"
        f"http {{ access_log {folder}/access.log; default_type text/plain; include {include}; }}\n"
    )
    subprocess.run(["/usr/sbin/nginx", "-t", "-q", "-c", config], check=True)
    with _program(["/usr/sbin/nginx", "-c", config, "-g", "daemon off;"], folder / "log"):
        wait_until(pid.exists, "nginx has no master.")
        yield config


@contextmanager
def _program(argv: list[str | Path], log: Path) -> Iterator[None]:
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "wb") as out:
        program = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=_clean())
    try:
        yield
    finally:
        program.terminate()
        try:
            program.wait(READY_SECONDS)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()


def _clean() -> dict[str, str]:
    """An environment like a server's, without what a developer's shell adds."""
    return {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": os.environ.get("LANG", "C")}
