"""Run an entry: with our input and output, in the background, or as its schedule says."""

from __future__ import annotations

import time
from collections.abc import Sequence

from paas import App, PaasError, Release, locks, output, process, releases, state
from paas.context import current
from paas.errors import ProgramFailed
from paas_scheduler import api as scheduler
from paas_scheduler.api import Command, OneOff
from paas_scheduler.api.command import line

from . import log, mail
from .entries import Entry
from .settings import NOUN

MOST_LINES = 2000
"""Of a run that are kept and mailed; the rest is only counted."""


def attached(app: App, entry: Entry, ttl_seconds: int) -> int:
    """Run an entry to its end, with what it prints as our output; its exit code."""
    release, command = _command(app, entry, ttl_seconds)
    return scheduler.run_attached(app, release, command)


def detached(app: App, entry: Entry, ttl_seconds: int) -> str:
    """Start an entry that goes on by itself; the name of its container."""
    release, command = _command(app, entry, ttl_seconds)
    return scheduler.run_detached(app, release, command)


def scheduled(app: App, entry: Entry, ttl_seconds: int) -> int:
    """Run an entry because its time has come, as far as its policy allows; its exit code.

    What it prints is kept and mailed.
    """
    with locks.exclusive(f"cron-{app.id}-{entry.id}", wait=False) as alone:
        if entry.policy == "forbid" and (not alone or _running(app, entry)):
            return 0
        if entry.policy == "replace" and (others := _running(app, entry)):
            _note_replaced(app, entry, time.time())
            for one in others:
                scheduler.stop_one_off(app, one)
        return _told(app, entry, ttl_seconds)


def _told(app: App, entry: Entry, ttl_seconds: int) -> int:
    """Run it as a program of its own, whose output is kept only up to a number of lines."""
    began = time.time()
    lines: list[str] = []
    count = 0

    def keep(line: str) -> None:
        nonlocal count
        count += 1
        if len(lines) < MOST_LINES:
            lines.append(line)
        output.line(line)

    argv = [current().paths.executable, "cron:run", f"--ttl-seconds={ttl_seconds}", app.name, entry.id]
    code = 0
    try:
        process.stream(argv, keep)
    except ProgramFailed as error:
        code = error.status
    if count > len(lines):
        lines.append(f"({count - len(lines)} further lines)")
    replaced = code and state.property(NOUN, app.owner, _replaced(entry), 0.0) > began
    if replaced:
        _note_replaced(app, entry, None)
        lines.append("(stopped, since the next run replaces it)")
    log.add(app, entry, began, lines, code)
    if count or (code and not replaced):
        mail.send(app, entry, lines, 0 if replaced else code)
    return code


def _note_replaced(app: App, entry: Entry, now: float | None) -> None:
    """Tell the run that is stopped that it hasn't failed; None forgets it."""
    state.change(NOUN, app.owner, {_replaced(entry): now})


def _replaced(entry: Entry) -> str:
    return f"replaced-{entry.id}"


def _command(app: App, entry: Entry, ttl_seconds: int) -> tuple[Release, Command]:
    release = releases.live(app)
    if not release:
        raise PaasError(f"App {app.name} has not been deployed", hint="Push it first.")
    return release, Command(_words(release, entry.command.strip()), ttl_seconds=ttl_seconds, kind=entry.kind)


def _words(release: Release, command: str) -> Sequence[str]:
    """A command in words; a process type in front stands for its line, and alone is for the scheduler."""
    types = release.processes
    if command in types:
        return [command]
    first, _, others = command.partition(" ")
    return line(release.image, f"{types[first]} {others}" if types.get(first) else command, release.config)


def _running(app: App, entry: Entry) -> Sequence[OneOff]:
    return [one for one in scheduler.one_offs(app) if one.name.startswith(f"{app.name}.{entry.kind}.")]
