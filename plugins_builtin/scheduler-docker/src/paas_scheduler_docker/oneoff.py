"""A command of an app in a container of its own, which is gone when the command has ended."""

from __future__ import annotations

import secrets
from dataclasses import replace

from paas import App, Release, Slot, hooks, output
from paas_docker.api import Container, Engine, engine
from paas_scheduler.api import Job, container_created
from paas_scheduler.api.command import argv, line, within

from . import containers, hookspecs, network, remove


def run(app: App, release: Release, job: Job) -> int:
    """Run a job to its end and show what it prints; its exit code.

    A killed one leaves a container that the next tick removes, like any that nobody knows.
    """
    docker = engine()
    network.ensure()
    id = docker.create(plan(app, release, job))
    try:
        container_created(app, id, "run", job.name)
        return _watched(docker, app, job, id)
    finally:
        remove.quietly(docker, [id])


def plan(app: App, release: Release, job: Job) -> Container:
    """The container that a job is to have, as every plugin wants it, but for what keeps a process going."""
    word = secrets.token_hex(4)
    slot = Slot(job.name, 1)
    environment = {**release.config, "DYNO": f"{job.name}.{word}"}
    of_a_process = job.name in release.processes
    plain = containers.plain(
        app,
        release,
        slot,
        name=f"{app.name}.{job.name}.{word}",
        instance=word,
        command=argv(release.image, job.name, job.command, environment)
        if of_a_process
        else within(release.image, line(release.image, job.command, environment)),
        environment=environment,
        phase=job.phase,
    )
    wanted = hooks.refine(hookspecs.container_options, plain, app, slot, release)
    return replace(wanted, restart="no", host={**wanted.host, "LogConfig": containers.LOGGING})


def _watched(docker: Engine, app: App, job: Job, id: str) -> int:
    about = f"{app.name} {job.name} task ({id[:9]}) output"
    docker.start(id)
    output.result(f"Start of {about}")
    for _stamp, text in docker.logs(id, follow=True):
        output.detail(text)
    code = docker.wait(id)
    output.result(f"End of {about}")
    return code
