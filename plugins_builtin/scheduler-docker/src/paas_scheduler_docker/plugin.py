"""Run an app's processes as containers on this server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from paas import App, Process, Release, Slot, hookimpl

if TYPE_CHECKING:
    from paas.tasks import Task
    from paas_scheduler.api import Job, LogLine, LogQuery, ProcessStatus


@hookimpl
def deploy(app: App, release: Release, slots: Sequence[Slot]) -> Sequence[Process]:
    from . import start

    return start.start(app, release, slots)


@hookimpl
def retire(app: App, processes: Sequence[Process], after: float) -> None:
    from . import retire

    retire.retire(app, processes, after)


@hookimpl
def post_deploy(app: App) -> None:
    from paas_docker.api import engine

    from . import downtime, names

    downtime.end(engine(), app)
    names.settle(app)


@hookimpl
def perform(task: Task) -> None:
    from . import retire

    retire.perform(task.payload)


@hookimpl
def tick() -> None:
    from . import downtime, strays

    downtime.recover()
    strays.sweep()


@hookimpl
def post_delete(app: App) -> None:
    from . import retire

    retire.forget(app)


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from .settings import SETTINGS

    SETTINGS.copy(app, copy)


@hookimpl
def scheduler_app_status(app: App) -> Sequence[ProcessStatus]:
    from . import look

    return look.status(app)


@hookimpl
def scheduler_inspect(app: App) -> Sequence[dict[str, Any]]:
    from . import look

    return look.inspect(app)


@hookimpl
def scheduler_check(app: App, release: Release, process: Process) -> None:
    from . import start

    start.check(app, release, process)


@hookimpl
def scheduler_run(app: App, release: Release, job: Job) -> int:
    from . import oneoff

    return oneoff.run(app, release, job)


@hookimpl
def scheduler_logs(app: App, query: LogQuery) -> Iterator[LogLine]:
    from . import logs

    return logs.read(app, query)


@hookimpl
def scheduler_logs_failed(app: App) -> Sequence[LogLine]:
    from . import failures

    return failures.load(app)
