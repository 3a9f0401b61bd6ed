"""A command that somebody runs, in a container of its own or inside one that is there."""

from __future__ import annotations

import os
import secrets
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import replace

from paas import App, PaasError, Release, Slot, hooks, output, releases
from paas_docker.api import Container, DockerError, Engine, NotFound, engine, owned_by
from paas_docker.api import attached as with_our_streams
from paas_scheduler.api import Command, container_created, one_off_ended, shell
from paas_scheduler.api.command import given, within

from . import attending, commanded, containers, hookspecs, network, remove
from .checks import MEANINGS

NUMBERS = 32768
NOT_STARTED = 125
"""The exit code where Docker gives none, as its own client has it."""


def attached(app: App, release: Release, command: Command) -> int:
    """Run a command with our input and output, and leave nothing of it; its exit code."""
    docker, ids = engine(), list[str]()

    def interrupt() -> None:
        for id in ids:
            docker.signal(id, "INT")

    with attending.signals(interrupt):
        try:
            ids.append(_create(docker, app, release, command, detached=False))
            code = _run(docker, ids[0], command)
            one_off_ended(app, ids[0], code)
            return code
        except attending.Left:
            remove.now(docker, ids, commanded.GRACE_SECONDS)
            raise
        finally:
            remove.quietly(docker, ids)


def detached(app: App, release: Release, command: Command) -> str:
    """Start a command that goes on by itself; the name of its container."""
    docker = engine()
    id = _create(docker, app, release, command, detached=True)
    name = docker.state(id).name
    try:
        docker.start(id)
    except BaseException:
        remove.quietly(docker, [id])
        raise
    return name


def enter(app: App, container: str, command: Command) -> int:
    """Run a command inside a container, with our input and output; its exit code."""
    words = command.words or shell(app)
    if live := releases.live(app):
        words = within(live.image, words)
    with attending.signals():
        return engine().enter(container, words, {**_terminal(command), **command.environment}, tty=command.tty)


def plan(app: App, release: Release, command: Command, number: int, *, detached: bool) -> Container:
    """The container that a command is to have, as every plugin wants it, but for what it must be like."""
    slot = Slot(command.kind, number)
    environment = {**_terminal(command), **release.config, **command.environment, "DYNO": str(slot)}
    plain = containers.plain(
        app,
        release,
        slot,
        name=f"{app.name}.{slot}",
        instance=secrets.token_hex(4),
        command=given(release.image, release.processes, command.words or shell(app), environment),
        environment=environment,
        phase="run",
    )
    wanted = hooks.refine(hookspecs.container_options, plain, app, slot, release)
    streams = {"Tty": command.tty} if detached else with_our_streams(tty=command.tty)
    host = {"LogConfig": containers.LOGGING} | ({"AutoRemove": True} if detached else {})
    return replace(
        wanted,
        restart="no",
        labels={**wanted.labels, **commanded.labels(command.kind, command.ttl_seconds, detached=detached)},
        options={**wanted.options, **streams},
        host={**wanted.host, **host},
    )


def free_number(taken: Collection[str], prefix: str) -> int:
    """A number by which no other container is called.

    Raises:
        PaasError: There is none.
    """
    for _ in range(NUMBERS):
        if f"{prefix}{(number := secrets.randbelow(NUMBERS))}" not in taken:
            return number
    raise PaasError("Too many commands run at once.", hint="Stop some with run:stop")


def _create(docker: Engine, app: App, release: Release, command: Command, *, detached: bool) -> str:
    """A container for a command, not started yet; nothing of it is left if that fails."""
    network.ensure()
    taken = {container.name for container in docker.containers(owned_by(app))}
    number = free_number(taken, f"{app.name}.{command.kind}.")
    id = docker.create(plan(app, release, command, number, detached=detached))
    try:
        container_created(app, id, "run", command.kind)
    except BaseException:
        remove.quietly(docker, [id])
        raise
    return id


def _run(docker: Engine, id: str, command: Command) -> int:
    try:
        return docker.run(id, tty=command.tty)
    except DockerError as error:
        code = _code_of_a_shell(docker, id)
        if not code:
            raise
        output.warn(error.message, MEANINGS.get(code))
        return code


def _code_of_a_shell(docker: Engine, id: str) -> int:
    """What a shell would say of a program that Docker couldn't start; 0 if it runs, or ran."""
    with suppress(NotFound):
        state = docker.state(id)
        return state.exit_code or NOT_STARTED if not state.started_at else 0
    return 0


def _terminal(command: Command) -> Mapping[str, str]:
    """What kind of terminal we have, for a command that gets one."""
    kind = os.environ.get("TERM", "")
    return {"TERM": kind} if command.tty and kind.isascii() and kind else {}
