"""What an app's containers print: those of its processes, and those of commands."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from operator import attrgetter

from paas import App, PaasError, Process, Slot, apps, releases
from paas_docker.api import Engine, NotFound, engine
from paas_scheduler.api import LogLine, LogQuery

from . import commanded

Look = Callable[[App, str], list[Process]]
LOOK_SECONDS = 1.0
"""How often to look for new processes while following an app."""


def read(app: App, query: LogQuery) -> Iterator[LogLine]:
    """The lines that were asked for; in the order of their time, or as they come if they are followed.

    Raises:
        PaasError: Nothing runs, or not what was asked for.
    """
    wanted = _wanted(app, query.process)
    if not wanted:
        raise _nothing(app, query.process)
    return _Following(app, query).lines() if query.follow else _merged(wanted, query)


def of_commands(app: App, query: LogQuery) -> Iterator[LogLine]:
    """The same of commands that run in containers of their own.

    Raises:
        PaasError: None runs, or not the one that was asked for.
    """
    wanted = _commands(app, query.process)
    if not wanted:
        which = query.process or f"no command of {app.name}"
        raise PaasError(f"{which} doesn't run." if query.process else f"{which} runs.", hint=f"See run:list {app.name}")
    return _Following(app, query, _commands, ends=True).lines() if query.follow else _merged(wanted, query)


def _commands(app: App, name: str) -> list[Process]:
    slots = ((one, one.name.rsplit(".", 2)) for one in commanded.running(app) if name in ("", one.name))
    return [Process(Slot(kind, int(number)), 0, one.container) for one, (_app, kind, number) in slots]


def _wanted(app: App, process: str) -> list[Process]:
    return [p for p in releases.processes(app) if process in ("", p.slot.type, str(p.slot))]


def _nothing(app: App, process: str) -> PaasError:
    if not releases.live(app):
        return PaasError(f"App {app.name} has not been deployed", hint="Push it first.")
    if running := sorted({p.slot.type for p in releases.processes(app)}):
        return PaasError(f"{app.name} runs no process {process}.", hint=f"It runs: {', '.join(running)}")
    return PaasError(f"{app.name} runs nothing.", hint=f"See ps:scale {app.name}, or start it with ps:start {app.name}")


def _merged(wanted: list[Process], query: LogQuery) -> Iterator[LogLine]:
    docker = engine()
    lines = [line for process in wanted for line in _lines(docker, process, query.lines, follow=False)]
    return iter(sorted(lines, key=attrgetter("time")))


def _lines(docker: Engine, process: Process, tail: int | None, *, follow: bool) -> Iterator[LogLine]:
    with suppress(NotFound):  # it was removed meanwhile
        for stamp, text in docker.logs(process.container, tail=tail, follow=follow):
            yield LogLine(stamp, str(process.slot), text)


class _Following:
    """The lines of an app's processes as they come; those of a deploy's new processes too.

    Each process is read in a thread of its own, which only speaks to Docker.
    """

    def __init__(self, app: App, query: LogQuery, look: Look = _wanted, *, ends: bool = False) -> None:
        """Follow what `look` finds from time to time; with `ends` only until all of that has ended."""
        self._app, self._query, self._look, self._ends = app, query, look, ends
        self._docker = engine()
        self._lines: queue.Queue[LogLine | Exception] = queue.Queue(maxsize=1000)
        self._read: dict[str, threading.Thread] = {}

    def lines(self) -> Iterator[LogLine]:
        self._attend(self._query.lines)
        while apps.by_id(self._app.id):
            try:
                line = self._lines.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                if self._ends and not any(reader.is_alive() for reader in self._read.values()):
                    return
                self._attend(None)
                continue
            if isinstance(line, Exception):
                raise line
            yield line

    def _attend(self, tail: int | None) -> None:
        """Read the processes that aren't read yet."""
        for process in self._look(self._app, self._query.process):
            if process.container not in self._read:
                reader = threading.Thread(target=self._follow, args=(process, tail), daemon=True)
                self._read[process.container] = reader
                reader.start()

    def _follow(self, process: Process, tail: int | None) -> None:
        try:
            for line in _lines(self._docker, process, tail, follow=True):
                self._lines.put(line)
        except Exception as error:  # raised again where the lines are read
            self._lines.put(error)
