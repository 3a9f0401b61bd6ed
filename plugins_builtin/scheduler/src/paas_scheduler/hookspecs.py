"""What every scheduler can be asked, and what it asks while it starts processes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from paas import hookspec

if TYPE_CHECKING:
    from paas import App, Process, Release

    from .api import Check, Job, LogLine, LogQuery, Policy, ProcessStatus


@hookspec.check
def post_container_create(app: App, container_id: str, phase: str, process_type: str) -> None:
    """A container was created for an app and is not started yet; an exception fails it.

    Called for each new container, to join it to another network for instance.

    Args:
        phase: `deploy` for a process, `run` for a job.
        process_type: Such as `web`, or the job's name.
    """


@hookspec.answer
def check_policy(app: App, type: str) -> Policy | None:
    """How the processes of a type are replaced; nobody saying so means started beside the old ones and checked.

    Called for each type that a deploy starts.
    """


@hookspec.gather
def startup_checks(app: App, release: Release, type: str) -> Sequence[Check]:
    """What each new process of a type must pass before the deploy goes on.

    Called for each type that a deploy starts, and by `checks:run`. The scheduler tries all of them at once for
    every process, in threads: a probe touches nothing of ours but Docker.
    """
    return ()


@hookspec.check
def check_deploy(app: App, release: Release, process: Process) -> None:
    """Judge a process that has passed its checks; an exception fails it, and the deploy with it.

    Called for each new process, while the old ones still serve.
    """


@hookspec.role("scheduler")
def scheduler_app_status(app: App) -> Sequence[ProcessStatus]:
    """What became of each process that is meant to run. Called by `ps:report`."""
    raise NotImplementedError


@hookspec.role("scheduler")
def scheduler_check(app: App, release: Release, process: Process) -> None:
    """Check a process that runs as a deploy of its release would. Called by `checks:run`.

    Raises:
        PaasError: It doesn't pass.
    """


@hookspec.role("scheduler")
def scheduler_inspect(app: App) -> Sequence[dict[str, Any]]:
    """All that is known of an app's containers, with the values of variables masked. Called by `ps:inspect`."""
    raise NotImplementedError


@hookspec.role("scheduler")
def scheduler_run(app: App, release: Release, job: Job) -> int:
    """Run a command of an app in a container of its own to its end, and show what it prints as it comes.

    Called for what a release must do before it goes live. The container has the release's image, variables,
    mounts and network, and is gone when this returns or raises.

    Returns:
        The exit code.

    Raises:
        PaasError: It could not be started.
    """
    raise NotImplementedError


@hookspec.role("scheduler")
def scheduler_logs(app: App, query: LogQuery) -> Iterator[LogLine]:
    """Lines that an app's processes printed, in the order of their time where they aren't followed.

    Called by `logs`.

    Raises:
        PaasError: Nothing runs, or not what was asked for.
    """
    raise NotImplementedError


@hookspec.role("scheduler")
def scheduler_logs_failed(app: App) -> Sequence[LogLine]:
    """What the processes printed that failed the last deploy. Called by `logs:failed`."""
    raise NotImplementedError
