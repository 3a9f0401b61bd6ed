"""The nginx of the server, as root: test, start, reload and stop it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from .errors import PaasError
from .paths import Nginx

WAIT_SECONDS = 60


def test(nginx: Nginx) -> str:
    """What nginx says of its whole configuration.

    Raises:
        PaasError: It is refused; with what nginx says.
    """
    done = subprocess.run([*_command(nginx), "-t"], check=False, stdin=subprocess.DEVNULL, capture_output=True)
    said = done.stderr.decode(errors="replace")
    if done.returncode:
        raise PaasError(said.strip())
    return said


def reload(nginx: Nginx) -> None:
    """Have a tested configuration serve; it does, and the old one no longer, when this returns.

    Raises:
        PaasError: nginx refuses it, and goes on with the old one.
    """
    test(nginx)
    if not (master := running(nginx)):
        start(nginx)
        return
    before = _workers(master)
    os.kill(master, signal.SIGHUP)
    if not _within(WAIT_SECONDS, lambda: bool(_workers(master) - before)):
        raise PaasError(f"nginx did not take its new configuration; {nginx.logs}/error.log says why.")
    _within(WAIT_SECONDS, lambda: all(map(_has_left, before)))


def start(nginx: Nginx) -> None:
    """Start nginx unless it runs.

    Raises:
        PaasError: It doesn't start; with what it says.
    """
    if running(nginx):
        return
    command = ["systemctl", "start", "nginx"] if _is_a_unit(nginx) else _command(nginx)
    done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, capture_output=True, cwd="/")
    if done.returncode or not _within(WAIT_SECONDS, lambda: running(nginx) is not None):
        raise PaasError(f"nginx did not start: {done.stderr.decode(errors='replace').strip()}")


def stop(nginx: Nginx) -> None:
    """Stop nginx if it runs; requests that it works on are dropped.

    Raises:
        PaasError: It doesn't stop.
    """
    if not (master := running(nginx)):
        return
    if _is_a_unit(nginx):
        subprocess.run(["systemctl", "stop", "nginx"], check=False, stdin=subprocess.DEVNULL, capture_output=True)
    else:
        os.kill(master, signal.SIGTERM)
    if not _within(WAIT_SECONDS, lambda: running(nginx) is None):
        raise PaasError(f"nginx, process {master}, did not stop.")


def include(nginx: Nginx, folder: Path) -> None:
    """Have nginx read what its plugin writes into a folder, and the apps' sites below it.

    Patterns, since nginx forgives one that matches nothing, but not a file that is missing.
    """
    target = Path(nginx.include)
    text = f"include {folder}/*.conf;\ninclude {folder}/sites/*.conf;\n"
    if target.is_file() and target.read_text(encoding="utf-8") == text:
        return
    beside = target.with_name(f".{target.name}.new")
    with open(beside, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(target)


def running(nginx: Nginx) -> int | None:
    """The process id of nginx's master, None if it doesn't run; an old pid file may name anything."""
    try:
        master = int(Path(nginx.pid).read_text(encoding="ascii"))
        name = Path(f"/proc/{master}/comm").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    return master if name.strip() == "nginx" else None


def _command(nginx: Nginx) -> list[str]:
    return [nginx.binary, "-c", nginx.config]


def _is_a_unit(nginx: Nginx) -> bool:
    """Whether systemd looks after this nginx, and would think it dead if someone else started it."""
    return nginx.config == Nginx.config and Path("/run/systemd/system").is_dir()


def _workers(master: int) -> set[int]:
    """The child processes of the master, old and new workers alike."""
    return {int(pid) for pid in Path(f"/proc/{master}/task/{master}/children").read_text(encoding="ascii").split()}


def _has_left(worker: int) -> bool:
    """Whether a worker takes no more connections: it has ended, or only finishes those that it has."""
    try:
        return b"shutting down" in Path(f"/proc/{worker}/cmdline").read_bytes()
    except OSError:
        return True


def _within(seconds: float, holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True
