"""What schedulers and those who ask them share: the values, and the calls of the scheduler's hooks.

`api.checks` has what a process must pass, and `api.command` makes words of a Procfile's line: a report needs neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from paas import App, Process, Release, Slot, hooks

from .. import hookspecs

if TYPE_CHECKING:
    from .checks import Check, Policy


@dataclass(frozen=True)
class ProcessStatus:
    """What became of a process.

    Attributes:
        state: Docker's word (running, exited …), or `missing`.
        container: The container's full id.
    """

    slot: Slot
    state: str
    container: str

    @property
    def is_running(self) -> bool:
        return self.state == "running"


@dataclass(frozen=True)
class LogQuery:
    """Which lines of an app's processes are wanted.

    Attributes:
        process: A type (`web`) or one process (`web.1`); empty for all.
        lines: The last so many of each process.
        follow: Go on with new lines until interrupted.
    """

    process: str = ""
    lines: int = 100
    follow: bool = False


@dataclass(frozen=True)
class Job:
    """A command that runs once, to its end.

    Attributes:
        name: What it is, such as `predeploy`; a process type of the release has the words of that type.
        command: As people write one in a Procfile.
        phase: Whose mounts it sees: `deploy` for what is part of a deploy, `run` for what people run.
    """

    name: str
    command: str
    phase: str = "deploy"


@dataclass(frozen=True)
class Command:
    """A command that somebody runs beside the processes of an app, or inside one of them.

    Attributes:
        words: As they were given; none for the app's shell. A process type as the first is what `given` makes of it.
        environment: Variables on top of those that are there.
        tty: It has a terminal.
        ttl_seconds: How long it may go on in a container of its own.
        kind: What its container is called after.
    """

    words: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    tty: bool = False
    ttl_seconds: int = 86400
    kind: str = "run"


@dataclass(frozen=True)
class OneOff:
    """A command that runs in a container of its own.

    Attributes:
        name: The container's, `APP.run.N`.
        container: Its full id.
        state: Docker's word.
        command: Its words, as one would write them.
        created_at: Seconds since the epoch.
        ends_at: When it is stopped, if it hasn't ended by then.
    """

    name: str
    container: str
    state: str
    command: str
    created_at: float
    ends_at: float


@dataclass(frozen=True)
class LogLine:
    """One line: when, as RFC 3339 with nanoseconds and `Z`, by which process, and its text."""

    time: str
    process: str
    text: str


# Asked of an app's scheduler


def status(app: App) -> Sequence[ProcessStatus]:
    """What became of each process that is meant to run."""
    return hooks.act(hookspecs.scheduler_app_status, app)


def started(app: App) -> str:
    """A word that changes whenever what runs an app's processes was started anew."""
    return hooks.act(hookspecs.scheduler_started, app)


def inspect(app: App) -> Sequence[dict[str, Any]]:
    """All that is known of an app's containers, with the values of variables masked."""
    return hooks.act(hookspecs.scheduler_inspect, app)


def run(app: App, release: Release, job: Job) -> int:
    """Run a command of an app to its end in a container of its own, and show what it prints; its exit code.

    Raises:
        PaasError: It could not be started.
    """
    return hooks.act(hookspecs.scheduler_run, app, release, job)


def run_attached(app: App, release: Release, command: Command) -> int:
    """Run a command in a container of its own, with our standard input and output; its exit code.

    Raises:
        PaasError: It could not be started.
    """
    return hooks.act(hookspecs.scheduler_run_attached, app, release, command)


def run_detached(app: App, release: Release, command: Command) -> str:
    """Start a command in a container of its own, which is gone once it has ended; the container's name.

    Raises:
        PaasError: It could not be started.
    """
    return hooks.act(hookspecs.scheduler_run_detached, app, release, command)


def one_offs(app: App) -> Sequence[OneOff]:
    """The commands that run in containers of their own, the oldest first."""
    return hooks.act(hookspecs.scheduler_run_list, app)


def one_off_logs(app: App, query: LogQuery) -> Iterator[LogLine]:
    """Lines that commands in containers of their own printed; `query.process` is the name of one, or empty.

    Raises:
        PaasError: None runs, or not the one that was asked for.
    """
    return hooks.act(hookspecs.scheduler_run_logs, app, query)


def stop_one_off(app: App, one_off: OneOff) -> None:
    """Stop a command that runs in a container of its own; nothing is left of it."""
    hooks.act(hookspecs.scheduler_run_stop, app, one_off)


def retire_one_offs(app: App) -> Sequence[str]:
    """Stop the commands that have run longer than they may; the names of their containers."""
    return hooks.act(hookspecs.scheduler_run_retire, app)


def enter(app: App, container: str, command: Command) -> int:
    """Run a command inside a container of an app, with our standard input and output; its exit code.

    Raises:
        PaasError: The container doesn't run.
    """
    return hooks.act(hookspecs.scheduler_enter, app, container, command)


def check(app: App, release: Release, process: Process) -> None:
    """Check a process that runs as a deploy of its release would.

    Raises:
        PaasError: It doesn't pass.
    """
    hooks.act(hookspecs.scheduler_check, app, release, process)


def logs(app: App, query: LogQuery) -> Iterator[LogLine]:
    """Lines that an app's processes printed.

    Raises:
        PaasError: Nothing runs, or not what was asked for.
    """
    return hooks.act(hookspecs.scheduler_logs, app, query)


def failed_logs(app: App) -> Sequence[LogLine]:
    """What the processes printed that failed the last deploy."""
    return hooks.act(hookspecs.scheduler_logs_failed, app)


# Asked by a scheduler while it starts a process, or runs a command


def shell(app: App) -> Sequence[str]:
    """The words that start an app's shell: the one that is set, or /bin/sh where the image doesn't have that."""
    from ..settings import SETTINGS
    from .command import SHELL

    return [*SHELL, 'if [ -x "$0" ]; then exec "$0"; else exec /bin/sh; fi', SETTINGS.value(app, "shell")]


def one_off_ended(app: App, container: str, exit_code: int) -> None:
    """Tell plugins that a command has ended that had a container of its own."""
    hooks.tell(hookspecs.scheduler_post_run, app, container, exit_code)


def container_created(app: App, container: str, phase: str, type: str) -> None:
    """Let plugins finish a new container before it starts; an exception fails its process."""
    hooks.check(hookspecs.post_container_create, app, container, phase, type)


def check_deploy(app: App, release: Release, process: Process) -> None:
    """Let plugins judge a process that passed its scheduler's own checks; an exception fails it."""
    hooks.check(hookspecs.check_deploy, app, release, process)


def policy(app: App, type: str) -> Policy:
    """How the processes of a type are replaced."""
    from .checks import Policy

    return hooks.ask(hookspecs.check_policy, app, type) or Policy.checked


def startup_checks(app: App, release: Release, type: str) -> Sequence[Check]:
    """What each process of a type must pass before the deploy of a release goes on."""
    return hooks.gather(hookspecs.startup_checks, app, release, type)
