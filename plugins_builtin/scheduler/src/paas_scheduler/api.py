"""What schedulers and those who ask them share: the values, and the calls of the scheduler's hooks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from paas import App, Process, Release, Slot, hooks

from . import hookspecs
from .check import Check, Policy, Target, failure
from .command import argv, words

__all__ = [
    "Check",
    "Job",
    "LogLine",
    "LogQuery",
    "Policy",
    "ProcessStatus",
    "Target",
    "argv",
    "check",
    "check_deploy",
    "container_created",
    "failed_logs",
    "failure",
    "inspect",
    "logs",
    "policy",
    "run",
    "startup_checks",
    "status",
    "words",
]


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
    """

    name: str
    command: str


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


def inspect(app: App) -> Sequence[dict[str, Any]]:
    """All that is known of an app's containers, with the values of variables masked."""
    return hooks.act(hookspecs.scheduler_inspect, app)


def run(app: App, release: Release, job: Job) -> int:
    """Run a command of an app to its end in a container of its own, and show what it prints; its exit code.

    Raises:
        PaasError: It could not be started.
    """
    return hooks.act(hookspecs.scheduler_run, app, release, job)


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


# Asked by a scheduler while it starts a process


def container_created(app: App, container: str, phase: str, type: str) -> None:
    """Let plugins finish a new container before it starts; an exception fails its process."""
    hooks.check(hookspecs.post_container_create, app, container, phase, type)


def check_deploy(app: App, release: Release, process: Process) -> None:
    """Let plugins judge a process that passed its scheduler's own checks; an exception fails it."""
    hooks.check(hookspecs.check_deploy, app, release, process)


def policy(app: App, type: str) -> Policy:
    """How the processes of a type are replaced."""
    return hooks.ask(hookspecs.check_policy, app, type) or Policy.checked


def startup_checks(app: App, release: Release, type: str) -> Sequence[Check]:
    """What each process of a type must pass before the deploy of a release goes on."""
    return hooks.gather(hookspecs.startup_checks, app, release, type)
