"""Run an app's processes as containers on this server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from paas import App, Process, Release, Slot, hookimpl

if TYPE_CHECKING:
    from paas.tasks import Task
    from paas.upkeep import Finding, Leftover
    from paas_scheduler.api import Command, Job, LogLine, LogQuery, OneOff, ProcessStatus

ahead_of_start = (
    "encodings.idna",
    "paas_scheduler_docker.start",
    "paas_scheduler_docker.retire",
    "paas_scheduler_docker.names",
)


@hookimpl
def diagnose() -> Sequence[Finding]:
    from . import diagnosis

    return list(diagnosis.diagnose())


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
    from . import downtime, ended, names, strays

    downtime.recover()
    names.recover()
    strays.sweep()
    ended.notice()


@hookimpl
def leftovers(app: App | None) -> Sequence[Leftover]:
    from . import leftovers

    return leftovers.leftovers(app)


@hookimpl
def post_delete(app: App) -> None:
    from . import retire

    retire.forget(app)


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from .settings import SETTINGS

    SETTINGS.copy(app, copy)


@hookimpl
def post_app_rename(app: App) -> None:
    from . import names

    names.of_commands(app)


@hookimpl
def scheduler_app_status(app: App) -> Sequence[ProcessStatus]:
    from . import look

    return look.status(app)


@hookimpl(optionalhook=True)
def differences(app: App) -> Sequence[str]:
    from . import comparison

    return comparison.differences(app)


@hookimpl
def scheduler_started() -> str:
    from . import look

    return look.started()


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
def scheduler_run_attached(app: App, release: Release, command: Command) -> int:
    from . import commanding

    return commanding.attached(app, release, command)


@hookimpl
def scheduler_run_detached(app: App, release: Release, command: Command) -> str:
    from . import commanding

    return commanding.detached(app, release, command)


@hookimpl
def scheduler_run_list(app: App) -> Sequence[OneOff]:
    from . import commanded

    return commanded.running(app)


@hookimpl
def scheduler_run_logs(app: App, query: LogQuery) -> Iterator[LogLine]:
    from . import logs

    return logs.of_commands(app, query)


@hookimpl
def scheduler_run_stop(one_off: OneOff) -> None:
    from . import commanded

    commanded.stop(one_off.container)


@hookimpl
def scheduler_run_retire(app: App) -> Sequence[str]:
    from . import commanded

    return commanded.retire(app)


@hookimpl
def scheduler_enter(app: App, container: str, command: Command) -> int:
    from . import commanding

    return commanding.enter(app, container, command)


@hookimpl
def scheduler_logs(app: App, query: LogQuery) -> Iterator[LogLine]:
    from . import logs

    return logs.read(app, query)


@hookimpl
def scheduler_logs_failed(app: App) -> Sequence[LogLine]:
    from . import failures

    return failures.load(app)
