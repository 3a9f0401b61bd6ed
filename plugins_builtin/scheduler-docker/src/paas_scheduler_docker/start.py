"""Start processes beside whatever runs: all of them work, or none is left."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path

from paas import App, Endpoint, PaasError, Process, Release, Slot, hooks, output
from paas.context import current
from paas.lifecycle import ROUTED
from paas_docker.api import Container, Engine, engine
from paas_scheduler import hookspecs as scheduler_hooks

from . import checks, containers, network, remove
from .settings import SETTINGS

LOG_LINES = 200


class NotStarted(PaasError):
    def __init__(self, app: App, slot: Slot, reason: PaasError) -> None:
        super().__init__(f"Could not start {app.name} {slot}: {reason.message}", reason.hint)


def start(app: App, release: Release, slots: Sequence[Slot]) -> list[Process]:
    """Start these processes of a release and check each of them.

    Raises:
        NotStarted: One doesn't work. Its log was shown and kept for `logs:failed`; all are gone.
    """
    output.step(f"Deploying {app.name} via the docker scheduler...")
    for type, group in groupby(slots, key=lambda slot: slot.type):
        output.step(f"Deploying {type} (count={len(list(group))})")
    docker, created = engine(), []
    try:
        for slot in slots:
            created.append(_create(docker, app, release, slot))
        works = _wait(docker, app, release, created)
    except BaseException:
        remove.now(docker, [id for _, id, _ in created], stop_timeout=0)
        raise
    _failed_log(app).unlink(missing_ok=True)
    return works


Created = tuple[Slot, str, Container]


def _create(docker: Engine, app: App, release: Release, slot: Slot) -> Created:
    """One container, created but not started; nothing of it is left if that fails."""
    instance = containers.new_instance()
    address = network.take(instance, network.ensure())
    try:
        container = containers.plan(app, release, slot, address, instance)
        id = docker.create(container)
    except BaseException:
        network.free(instance)
        raise
    try:
        hooks.check(scheduler_hooks.post_container_create, app, id, "deploy", slot.type)
    except BaseException:
        remove.now(docker, [id], stop_timeout=0)
        raise
    return slot, id, container


def _wait(docker: Engine, app: App, release: Release, created: Sequence[Created]) -> list[Process]:
    """Start the containers, some at once, and collect them as they prove to work."""
    timeout = float(SETTINGS.value(app, "start-timeout"))
    at_once = int(SETTINGS.value(app, "parallel-schedule-count"))

    def begin(one: Created) -> Process:
        slot, id, container = one
        endpoint = Endpoint(str(container.address), containers.port(release)) if slot.type == ROUTED else None
        docker.start(id)
        checks.wait_until_it_works(docker, id, endpoint, timeout)
        return Process(slot, release.id, id, endpoint)

    works = []
    with ThreadPoolExecutor(at_once) as pool:
        attempts = [(one, pool.submit(begin, one)) for one in created]
        try:
            for (slot, id, _), attempt in attempts:
                output.detail(f"Attempting pre-flight checks ({slot})")
                try:
                    process = attempt.result()
                    hooks.check(scheduler_hooks.check_deploy, app, release, process)
                except PaasError as error:
                    _show_log(docker, app, slot, id)
                    raise NotStarted(app, slot, error) from error
                output.detail(f"All checks successful ({slot})")
                works.append(process)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            remove.now(docker, [id for _, id, _ in created], stop_timeout=0)
            raise
    return works


def _show_log(docker: Engine, app: App, slot: Slot, id: str) -> None:
    """Show what a failed container printed, and keep it for `logs:failed`."""
    lines = [text for _, text in docker.logs(id, tail=LOG_LINES)]
    output.result(f"Start of {app.name} container output ({id[:12]} {slot})")
    for text in lines:
        output.detail(text)
    output.result(f"End of {app.name} container output ({id[:12]} {slot})")
    log = _failed_log(app)
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("".join(f"app[{slot}]: {text}\n" for text in lines), encoding="utf-8")


def failed_log(app: App) -> str:
    """What the process printed that failed the last deploy; empty if none did."""
    log = _failed_log(app)
    return log.read_text(encoding="utf-8") if log.exists() else ""


def _failed_log(app: App) -> Path:
    return current().paths.app(app.name) / "failed.log"
