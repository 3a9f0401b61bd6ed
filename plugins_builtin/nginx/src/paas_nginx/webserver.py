"""The nginx of the server, as root: have it take sites, start and stop it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from paas import PaasError, files
from paas.paths import Nginx, Paths

from . import catchall, sitefiles, sockets, trial
from .listens import Listen, servers
from .masterlog import MasterLog

INCLUDE = f"include {trial.LINK}/*.conf;\ninclude {trial.LINK}/sites/*.conf;\n"
WAIT_SECONDS = 60
REFUSALS = "00-default.conf"
"""The file that refuses host names, on every port where sites listen."""


@dataclass(frozen=True)
class Taken:
    """A configuration that nginx has taken.

    Attributes:
        aside: The sites that were set aside, each with what nginx says of it.
    """

    aside: dict[str, str]
    _leaving: Collection[int] = ()

    def settle(self) -> None:
        """Wait until no worker of before takes a connection: they do for a moment, until the new ones have begun."""
        _within(WAIT_SECONDS, lambda: all(map(_has_left, self._leaving)))


def reload(paths: Paths, changed: Iterable[str] = ()) -> Taken:
    """Have nginx serve what the files say; what they said before no longer once that has settled.

    The sites that have changed are tried alone first, so that nobody else's can refuse them. If another one
    has become invalid since nginx read it, it is set aside.

    Args:
        changed: The names of sites' files; one that is gone says nothing.

    Raises:
        PaasError: nginx refuses a changed site, or something that is no site, and goes on with what it had.
    """
    new = {name: text for name in changed if (text := sitefiles.text(paths, name)) is not None}
    for name in new:
        _require(trial.alone(paths, name))
    if not (master := running(paths.nginx)):
        return Taken(start(paths, new))
    for busy in sockets.taken(_own_ports(paths.nginx, new.values()), master).values():
        raise PaasError(busy)
    _within(WAIT_SECONDS, lambda: bool(_workers(master)))  # of one that has only just started
    before = _workers(master)
    if not (said := _told(paths.nginx, master)):
        return Taken({}, before)
    aside = _set_aside(paths, new, said)
    _require(_told(paths.nginx, master))
    return Taken(aside, before)


def start(paths: Paths, new: Iterable[str] = ()) -> dict[str, str]:
    """Start nginx unless it runs, without the sites that it would refuse: those are set aside.

    Args:
        new: Sites that may not be set aside.

    Returns:
        The sites that were set aside, each with what nginx says of it.

    Raises:
        PaasError: It doesn't start; with what it says.
    """
    if running(paths.nginx):
        return {}
    aside = prepare(paths, new)
    argv = ["systemctl", "enable", "--now", "nginx"] if _is_a_unit(paths.nginx) else _command(paths.nginx)
    done = subprocess.run(argv, check=False, stdin=subprocess.DEVNULL, capture_output=True, cwd="/")
    if done.returncode or not _within(WAIT_SECONDS, lambda: running(paths.nginx) is not None):
        raise PaasError(f"nginx did not start: {done.stderr.decode(errors='replace').strip()}")
    return aside


def prepare(paths: Paths, new: Iterable[str] = ()) -> dict[str, str]:
    """Set the sites aside without which an nginx that doesn't run would start.

    Raises:
        PaasError: What it refuses is none of them, or a new one.
    """
    aside: dict[str, str] = {}
    if trial.whole(paths.nginx):
        aside = _set_aside(paths, new, "")
    sites = sitefiles.read(paths)
    busy = sockets.taken(_own_ports(paths.nginx, sites.values()), running(paths.nginx))
    barred = {
        name: said
        for name, text in sites.items()
        for listen, said in busy.items()
        if any(listen in server.listens for server in servers(text))
    }
    for name in new:
        _require(barred.get(name))
    if barred:
        sitefiles.set_aside(paths, barred)
        sitefiles.change(paths, REFUSALS, lambda text: catchall.without(text, busy))
    return aside | barred


def stop(nginx: Nginx) -> None:
    """Stop nginx if it runs; requests that it works on are dropped.

    Raises:
        PaasError: It doesn't stop.
    """
    if not (master := running(nginx)):
        return
    if _is_a_unit(nginx):
        argv = ["systemctl", "disable", "--now", "nginx"]  # or the next boot would start it
        subprocess.run(argv, check=False, stdin=subprocess.DEVNULL, capture_output=True)
    else:
        os.kill(master, signal.SIGTERM)
    if not _within(WAIT_SECONDS, lambda: running(nginx) is None):
        raise PaasError(f"nginx, process {master}, did not stop.")


def include(nginx: Nginx, folder: Path) -> None:
    """Have nginx read what its plugin writes into a folder, and the apps' sites below it.

    Patterns, since nginx forgives one that matches nothing, but not a file that is missing; relative ones,
    for `trial`.
    """
    link = Path(nginx.config).parent / trial.LINK
    if not _leads_to(link, folder):
        beside = link.with_name(f".{link.name}.new")
        beside.unlink(missing_ok=True)
        beside.symlink_to(folder)
        beside.replace(link)
    target = Path(nginx.include)
    if _says(target, INCLUDE):
        return
    files.replace(target, INCLUDE)


def is_included(nginx: Nginx, folder: Path) -> bool:
    """Whether nginx reads what its plugin writes into a folder."""
    return _leads_to(Path(nginx.config).parent / trial.LINK, folder) and _says(Path(nginx.include), INCLUDE)


def _leads_to(link: Path, folder: Path) -> bool:
    return link.is_symlink() and link.readlink() == folder


def _says(file: Path, text: str) -> bool:
    return file.is_file() and file.read_text(encoding="utf-8") == text


def running(nginx: Nginx) -> int | None:
    """The process id of nginx's master, None if it doesn't run; an old pid file may name anything."""
    try:
        master = int(Path(nginx.pid).read_text(encoding="ascii"))
        name = Path(f"/proc/{master}/comm").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    return master if name.strip() == "nginx" else None


def _set_aside(paths: Paths, new: Iterable[str], said: str) -> dict[str, str]:
    """Set aside the sites that make nginx refuse all of them.

    Args:
        new: Sites that are sound alone and to blame for any quarrel with others.

    Raises:
        PaasError: Without the others' broken sites, nginx still refuses the new ones.
    """
    sites = sitefiles.read(paths)
    others = {name: text for name, text in sites.items() if name not in set(new)}
    broken = trial.broken(paths, others)
    if new:
        _require(trial.together(paths, sites.keys() - broken.keys()))
    if not broken and said:
        raise PaasError(said)
    sitefiles.set_aside(paths, broken)
    return broken


def _told(nginx: Nginx, master: int) -> str | None:
    """Tell nginx to read its files; what it says against them, None once only they are served."""
    log = MasterLog.of(master)
    if not log and (said := trial.whole(nginx)):
        return said
    before = _workers(master)
    os.kill(master, signal.SIGHUP)
    refusal: list[str] = []

    def is_decided() -> bool:
        if not (_workers(master) - before) and log and (said := log.refusal()):
            refusal.append(said)
        return bool(refusal or _workers(master) - before)

    decided = _within(WAIT_SECONDS, is_decided)
    if log:
        log.close()
    if not decided:
        raise PaasError(f"nginx did not take its new configuration; {nginx.logs}/error.log says why.")
    return refusal[0] if refusal else None


def _require(said: str | None) -> None:
    if said:
        raise PaasError(said)


def _own_ports(nginx: Nginx, texts: Iterable[str]) -> set[Listen]:
    """Where sites listen, but for the ports that all share."""
    found = {listen for text in texts for server in servers(text) for listen in server.listens}
    return {listen for listen in found if listen.port not in (nginx.http_port, nginx.https_port)}


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
