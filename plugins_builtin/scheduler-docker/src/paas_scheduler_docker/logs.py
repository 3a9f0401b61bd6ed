"""What an app's containers print."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator

from paas import App, PaasError, Process, apps
from paas_docker.api import Engine, NotFound, engine
from paas_scheduler.api import LogLine, LogQuery


def read(app: App, query: LogQuery) -> Iterator[LogLine]:
    """The lines that were asked for; in the order of their time, or as they come if they are followed.

    Raises:
        PaasError: Nothing runs, or not what was asked for.
    """
    wanted = _wanted(app, query.process)
    return _followed(wanted, query) if query.follow else _merged(wanted, query)


def _wanted(app: App, process: str) -> list[Process]:
    running = apps.processes(app)
    if not running:
        raise PaasError(f"App {app.name} has not been deployed", hint=f"Push it, or start it with ps:start {app.name}")
    wanted = [p for p in running if process in ("", p.slot.type, str(p.slot))]
    if not wanted:
        types = ", ".join(sorted({p.slot.type for p in running}))
        raise PaasError(f"{app.name} runs no process {process}.", hint=f"It runs: {types}")
    return wanted


def _merged(wanted: list[Process], query: LogQuery) -> Iterator[LogLine]:
    docker = engine()
    yield from sorted(line for process in wanted for line in _lines(docker, process, query.lines, follow=False))


def _followed(wanted: list[Process], query: LogQuery) -> Iterator[LogLine]:
    """Lines of every process as they come; ends when the last process has ended."""
    lines: queue.Queue[LogLine | None] = queue.Queue(maxsize=1000)
    docker = engine()

    def follow(process: Process) -> None:
        for line in _lines(docker, process, query.lines, follow=True):
            lines.put(line)
        lines.put(None)

    for process in wanted:
        threading.Thread(target=follow, args=(process,), daemon=True).start()
    ended = 0
    while ended < len(wanted):
        if (line := lines.get()) is None:
            ended += 1
        else:
            yield line


def _lines(docker: Engine, process: Process, tail: int, *, follow: bool) -> Iterator[LogLine]:
    try:
        for stamp, text in docker.logs(process.container, tail=tail, follow=follow):
            yield LogLine(stamp, str(process.slot), text)
    except NotFound:
        return
