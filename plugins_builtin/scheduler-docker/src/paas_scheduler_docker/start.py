"""Start processes beside whatever runs: all of them work, or none is left."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import groupby

from paas import App, Endpoint, PaasError, Process, Release, Slot, output
from paas_docker.api import Engine, engine
from paas_scheduler.api import check_deploy, container_created

from . import checks, containers, failures, network, remove
from .checks import Abandoned, Patience
from .settings import SETTINGS

WATCHED_AT_ONCE = 64


@dataclass(frozen=True)
class Candidate:
    """A container that was created for a process and may become it."""

    slot: Slot
    id: str
    endpoint: Endpoint | None


class NotStarted(PaasError):
    """A candidate doesn't work."""

    def __init__(self, app: App, candidate: Candidate, reason: PaasError) -> None:
        super().__init__(f"Could not start {app.name} {candidate.slot}: {reason.message}", reason.hint)
        self.candidate = candidate


def start(app: App, release: Release, slots: Sequence[Slot]) -> list[Process]:
    """Start these processes of a release and check each of them.

    Raises:
        NotStarted: One doesn't work. Its log was shown and kept for `logs:failed`; all are gone.
    """
    output.step(f"Deploying {app.name} via the docker scheduler...")
    for type, group in groupby(slots, key=lambda slot: slot.type):
        output.step(f"Deploying {type} (count={len(list(group))})")
    docker = engine()
    candidates: list[Candidate] = []
    try:
        subnet = network.ensure()
        for slot in slots:
            candidates.append(_create(docker, app, release, slot, network.take(app, subnet)))
        works = _try(docker, app, release, candidates)
    except BaseException:
        remove.quietly(docker, [candidate.id for candidate in candidates])
        raise
    failures.forget(app)
    return sorted(works, key=lambda process: process.slot)


def _create(docker: Engine, app: App, release: Release, slot: Slot, lease: network.Lease) -> Candidate:
    """A container for a process, not started yet; nothing of it is left if that fails."""
    try:
        id = docker.create(containers.plan(app, release, slot, lease))
    except BaseException:
        network.free([lease.instance])
        raise
    try:
        container_created(app, id, "deploy", slot.type)
    except BaseException:
        remove.quietly(docker, [id])
        raise
    return Candidate(slot, id, containers.endpoint(release, slot, lease))


def _try(docker: Engine, app: App, release: Release, candidates: Sequence[Candidate]) -> list[Process]:
    """Start the candidates, some at once, and watch all of them until each has proved to work."""
    patience = Patience(float(SETTINGS.value(app, "start-timeout")), float(SETTINGS.value(app, "start-uptime")))
    starting = threading.BoundedSemaphore(int(SETTINGS.value(app, "parallel-schedule-count")))

    def begin(candidate: Candidate) -> Process:  # in a thread, so it speaks to Docker and to nothing else of ours
        with starting:
            if patience.abandoned.is_set():
                raise Abandoned
            docker.start(candidate.id)
        checks.wait_until_it_works(docker, candidate.id, candidate.endpoint, patience)
        return Process(candidate.slot, release.id, candidate.id, candidate.endpoint)

    with ThreadPoolExecutor(min(len(candidates), WATCHED_AT_ONCE)) as pool:
        attempts = {pool.submit(begin, candidate): candidate for candidate in candidates}
        for candidate in candidates:
            output.detail(f"Attempting pre-flight checks ({candidate.slot})")
        try:
            return [_passed(app, release, attempt, attempts[attempt]) for attempt in as_completed(attempts)]
        except NotStarted as error:
            failures.show(docker, app, error.candidate.slot, error.candidate.id)
            raise
        finally:
            patience.abandoned.set()
            pool.shutdown(wait=False, cancel_futures=True)


def _passed(app: App, release: Release, attempt: Future[Process], candidate: Candidate) -> Process:
    try:
        process = attempt.result()
        check_deploy(app, release, process)
    except PaasError as error:
        raise NotStarted(app, candidate, error) from error
    output.detail(f"All checks successful ({candidate.slot})")
    return process
