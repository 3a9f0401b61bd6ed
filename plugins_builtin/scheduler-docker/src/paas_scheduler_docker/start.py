"""Start processes beside whatever runs: all of them work, or none is left."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from itertools import groupby

from paas import App, Endpoint, PaasError, Process, Release, Slot, ahead, output
from paas_docker.api import DockerError, Engine, engine
from paas_scheduler.api import check_deploy, container_created
from paas_scheduler.api.checks import Policy

from . import checks, containers, downtime, failures, network, remove
from .checks import Abandoned, ChecksFailed, Demands
from .settings import SETTINGS

WATCHED_AT_ONCE = 64


@dataclass(frozen=True)
class Candidate:
    """A container that was created for a process and may become it."""

    slot: Slot
    id: str
    endpoint: Endpoint | None


NOT_STARTED = "Could not start"


class NotStarted(PaasError):
    """A candidate doesn't work.

    Args:
        what: What could not be said of it.
    """

    def __init__(self, app: App, candidate: Candidate, reason: PaasError, what: str = NOT_STARTED) -> None:
        said = f"{what} {app.name} {candidate.slot}: {reason.message}"
        if isinstance(reason, ChecksFailed):
            said = f"Could not start due to {reason.count} failed checks ({candidate.slot})\n{reason.message}"
        logs = "logs:failed" if what == NOT_STARTED else "logs"  # of one that goes on nothing is kept
        super().__init__(said, reason.hint or f"{logs} {app.name} shows what it printed.")
        self.candidate = candidate


class NoCommand(PaasError):
    def __init__(self, app: App, slot: Slot) -> None:
        super().__init__(
            f"Nothing says what {app.name} {slot} is to run: the image has no command of its own.",
            hint=f"Add a CMD to the Dockerfile, or a Procfile with a line such as {slot.type}: ./serve",
        )


def start(app: App, release: Release, slots: Sequence[Slot]) -> list[Process]:
    """Start these processes of a release and check each of them.

    Raises:
        NotStarted: One doesn't work. Its log was shown and kept for `logs:failed`; all are gone.
    """
    output.step(f"Deploying {app.name} via the docker scheduler...")
    for type, group in groupby(slots, key=lambda slot: slot.type):
        output.step(f"Deploying {type} (count={len(list(group))})")
    docker = engine()
    wanted = {type: checks.demands(app, release, type) for type in {slot.type for slot in slots}}
    candidates: list[Candidate] = []
    try:
        subnet = network.ensure()
        for slot in slots:
            candidates.append(_create(docker, app, release, slot, network.take(app, subnet)))
        downtime.begin(docker, app, release, slots, wanted)
        works = _try(docker, app, release, candidates, wanted)
    except BaseException:
        remove.quietly(docker, [candidate.id for candidate in candidates])
        downtime.end(docker, app)
        raise
    failures.forget(app)
    return sorted(works, key=lambda process: process.slot)


def _create(docker: Engine, app: App, release: Release, slot: Slot, lease: network.Lease) -> Candidate:
    """A container for a process, not started yet; nothing of it is left if that fails."""
    try:
        id = docker.create(containers.plan(app, release, slot, lease))
    except BaseException as error:
        network.free([lease.instance])
        raise _explained(error, app, slot) from error
    try:
        container_created(app, id, "deploy", slot.type)
    except BaseException:
        remove.quietly(docker, [id])
        raise
    return Candidate(slot, id, containers.endpoint(release, slot, lease))


def _explained(error: BaseException, app: App, slot: Slot) -> BaseException:
    if isinstance(error, DockerError) and "no command specified" in error.message.lower():
        return NoCommand(app, slot)
    return error


def check(app: App, release: Release, process: Process) -> None:
    """Check a process that runs as if it were to start.

    Raises:
        NotStarted: It doesn't pass.
    """
    candidate = Candidate(process.slot, process.container, process.endpoint)
    output.detail(f"Attempting pre-flight checks ({process.slot})")
    try:
        wanted = replace(
            checks.demands(app, release, process.slot.type),
            policy=Policy.checked,
            restarts=engine().state(candidate.id).restarts,
        )
        warnings = checks.wait_until_it_works(engine(), candidate.id, candidate.endpoint, wanted, threading.Event())
        check_deploy(app, release, process)
    except PaasError as error:
        raise NotStarted(app, candidate, error, "Not working:") from error
    _say(candidate, warnings)


def _try(
    docker: Engine, app: App, release: Release, candidates: Sequence[Candidate], wanted: Mapping[str, Demands]
) -> list[Process]:
    """Start the candidates, some at once, and watch all of them until each has proved to work."""
    abandoned = threading.Event()
    starting = threading.BoundedSemaphore(int(SETTINGS.value(app, "parallel-schedule-count")))

    def begin(candidate: Candidate) -> list[str]:  # in a thread, so it speaks to Docker and to nothing else of ours
        with starting:
            if abandoned.is_set():
                raise Abandoned
            docker.start(candidate.id)
        return checks.wait_until_it_works(
            docker, candidate.id, candidate.endpoint, wanted[candidate.slot.type], abandoned
        )

    pool = ThreadPoolExecutor(min(len(candidates), WATCHED_AT_ONCE))
    attempts = {pool.submit(begin, candidate): candidate for candidate in candidates}
    ahead.of_start()
    try:
        for candidate in candidates:
            _announce(candidate, wanted[candidate.slot.type])
        return [_passed(app, release, attempt, attempts[attempt], wanted) for attempt in as_completed(attempts)]
    except NotStarted as error:
        failures.show(docker, app, error.candidate.slot, error.candidate.id)
        raise
    finally:
        # Not waited for: what a check runs inside a container may take its time, and ends when that is removed.
        abandoned.set()
        pool.shutdown(wait=False, cancel_futures=True)


def _announce(candidate: Candidate, wanted: Demands) -> None:
    if wanted.policy is Policy.unchecked:
        output.result(f"Zero downtime checks have been skipped ({candidate.slot})")
    else:
        output.detail(f"Attempting pre-flight checks ({candidate.slot})")


def _passed(
    app: App, release: Release, attempt: Future[list[str]], candidate: Candidate, wanted: Mapping[str, Demands]
) -> Process:
    process = Process(candidate.slot, release.id, candidate.id, candidate.endpoint)
    try:
        warnings = attempt.result()
        check_deploy(app, release, process)
    except PaasError as error:
        raise NotStarted(app, candidate, error) from error
    if wanted[candidate.slot.type].policy is not Policy.unchecked:
        _say(candidate, warnings)
    return process


def _say(candidate: Candidate, warnings: Sequence[str]) -> None:
    for warning in warnings:
        output.warn(f"{candidate.slot}: {warning}")
    output.detail(f"All checks successful ({candidate.slot})")
