"""The sshd and the nginx of a test system, and a registry of images, each on a port of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
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
        f"AuthorizedKeysFile {pwd.getpwnam(user).pw_dir}/.ssh/authorized_keys\nMaxStartups 400\nPermitTTY yes\n"
    )
    Path("/run/sshd").mkdir(exist_ok=True)
    with _program([shutil.which("sshd") or "/usr/sbin/sshd", "-D", "-e", "-f", config], folder / "log"):
        wait_until(lambda: listens(port), f"sshd doesn't listen on port {port}.")
        yield


PASSWORD = "a-password-of-the-tests"
HASHED = "$2b$04$62o/AeQMD3KL0MLH7wClL.9XEkgB1K8Mq7hDbkjReTsZx2dWJIQBC"
"""With bcrypt, which is all that the registry takes; as few rounds as there can be, as every request costs them."""


@contextmanager
def registry(folder: Path, user: str) -> Iterator[str]:
    """Debian's registry of images for a user with `PASSWORD`, until the block ends; its address."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    (folder / "users").write_text(f"{user}:{HASHED}\n")
    (folder / "config.yml").write_text(
        f"version: 0.1\nlog:\n  level: warn\nhttp:\n  addr: 127.0.0.1:{port}\n"
        f"storage:\n  filesystem:\n    rootdirectory: {folder}/images\n"
        f"auth:\n  htpasswd:\n    realm: tests\n    path: {folder}/users\n"
    )
    program = shutil.which("docker-registry") or "/usr/bin/docker-registry"
    with _program([program, "serve", folder / "config.yml"], folder / "log"):
        wait_until(lambda: listens(port), f"docker-registry doesn't listen on port {port}.")
        yield f"127.0.0.1:{port}"


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
        try:
            yield config
        finally:
            if pid.exists():  # of ours, or of one that the system has started in its place
                os.kill(int(pid.read_text(encoding="ascii")), signal.SIGTERM)
                wait_until(lambda: not pid.exists(), "nginx doesn't end.")


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
