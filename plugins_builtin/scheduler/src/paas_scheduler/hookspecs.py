"""What every scheduler can be asked, and what it asks while it starts processes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from paas import hookspec

if TYPE_CHECKING:
    from paas import App, Process, Release

    from .api import Command, Job, LogLine, LogQuery, OneOff, ProcessStatus
    from .api.checks import Check, Policy


@hookspec.check
def post_container_create(app: App, container_id: str, phase: str, process_type: str) -> None:
    """A container was created for an app and is not started yet; an exception fails it.

    Called for each new container, to join it to another network for instance.

    Args:
        phase: `deploy` for a process, `run` for a job or a command that somebody runs.
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
def scheduler_started(app: App) -> str:
    """A word that changes whenever what runs an app's processes was started anew, and may have left some behind.

    Called by every tick for apps that are to start with the server.
    """
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
def scheduler_run_attached(app: App, release: Release, command: Command) -> int:
    """Run a command in a container of its own, with our standard input and output as its own.

    Called by `run`. The container has the release's image, variables, the mounts of the phase run, and the network. It
    is gone when this returns or raises; also when our client goes away, as signals tell.

    Returns:
        The exit code; as a shell's would be (126, 127) where it could not be started.

    Raises:
        PaasError: Its container could not be made.
    """
    raise NotImplementedError


@hookspec.role("scheduler")
def scheduler_run_detached(app: App, release: Release, command: Command) -> str:
    """Start a command in a container of its own, which is gone when it has ended. Called by `run:detached`.

    Returns:
        The container's name.

    Raises:
        PaasError: It could not be started.
    """
    raise NotImplementedError


@hookspec.role("scheduler")
def scheduler_run_list(app: App) -> Sequence[OneOff]:
    """The commands that run in containers of their own, the oldest first.

    Called by `run:list`, `run:stop` and `enter`.
    """
    raise NotImplementedError


@hookspec.role("scheduler")
def scheduler_run_logs(app: App, query: LogQuery) -> Iterator[LogLine]:
    """Lines that commands in containers of their own printed, in the order of their time where they aren't followed.

    Called by `run:logs`.

    Args:
        query: Its process is the name of a container, or empty for all.

    Raises:
        PaasError: None runs, or not the one that was asked for.
    """
    raise NotImplementedError


@hookspec.role("scheduler")
def scheduler_run_stop(app: App, one_off: OneOff) -> None:
    """Stop a command that runs in a container of its own; nothing is left of it. Called by `run:stop`."""


@hookspec.role("scheduler")
def scheduler_run_retire(app: App) -> Sequence[str]:
    """Stop the commands that have run longer than they may, by `Command.ttl_seconds`. Called by `run:retire`.

    A scheduler does so by itself as well.

    Returns:
        The names of their containers.
    """
    raise NotImplementedError


@hookspec.tell
def scheduler_post_run(app: App, container_id: str, exit_code: int) -> None:
    """A command has ended that had a container of its own and our input and output; the container is about to go."""


@hookspec.role("scheduler")
def scheduler_enter(app: App, container: str, command: Command) -> int:
    """Run a command inside a container of an app, with our standard input and output as its own.

    Called by `enter`. If it is interrupted, the command is told that its terminal is gone, as far as that can be.

    Returns:
        The exit code.

    Raises:
        PaasError: The container doesn't run.
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
