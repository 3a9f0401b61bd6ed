"""The container of a service, and its folder."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable
from pathlib import Path

from paas import Mount, PaasError, output, privileged
from paas.context import current
from paas_docker.api import Container, DockerError, Engine, State, engine, ours
from paas_scheduler_docker import api as scheduler_docker

from . import checked, images, kinds, ports
from .kinds import Access, Kind, Service

SERVICE = "paas.service"
"""Label of a service's container: `postgres/orders`."""
ASIDE = "paas.service-aside"
"""Label of a further container: the service and the folder of data that it is on, `postgres/orders/data`."""
READY_SECONDS = 60
POLL_SECONDS = 0.1
STOP_SECONDS = 60


class Silent(PaasError):
    """A service does not answer."""


def host(service: Service) -> str:
    """The name by which apps reach a service: that of its container, in the network of the apps."""
    return f"{scheduler_docker.network_name()}-{service.kind}-{service.name}"


def root(service: Service) -> Path:
    """The folder with all files of a service."""
    return current().paths.services / service.kind / service.name


def dsn(kind: Kind, service: Service, scheme: str = "", query: str = "") -> str:
    return kinds.url(kind, service, host(service), scheme, query)


def require_networks(names: Iterable[str]) -> None:
    """Refuse networks that Docker doesn't have.

    Raises:
        PaasError: One of these.
    """
    there = {name for name, _ in engine().networks()}
    if missing := [name for name in names if name not in there]:
        raise PaasError(f"There is no network {missing[0]}.", hint="docker network ls lists those that there are.")


def found(service: Service) -> State | None:
    """The container of a service, None if it has none."""
    containers = engine().containers(ours() | {SERVICE: service.key})
    return containers[0] if containers else None


def running(kind: Kind, service: Service) -> str:
    """The id of a service's container, which runs.

    Raises:
        PaasError: It doesn't.
    """
    container = found(service)
    if not container or not container.is_running:
        raise PaasError(
            f"{kind.title} service {service.name} is not running.",
            hint=f"Start it with {kind.noun}:start {service.name}",
        )
    return container.id


def access(kind: Kind, service: Service, id: str) -> Access:
    """How we reach a service whose container runs."""
    return Access(engine().state(id).address or "", kind.port, service.database, service.password)


def existing(kind: Kind, service: Service) -> str:
    """The id of a service's container, which may be stopped.

    Raises:
        PaasError: It has none.
    """
    if not (container := found(service)):
        raise PaasError(
            f"{kind.title} service {service.name} has no container.",
            hint=f"Start it with {kind.noun}:start {service.name}",
        )
    return container.id


def start(kind: Kind, service: Service) -> None:
    """Have a service's container run, and wait until it answers."""
    docker = engine()
    end_aside(service)
    container = found(service)
    if not (container and container.is_running):
        ports.require_free(kind, service)
    id = container.id if container else _create(docker, kind, service)
    docker.start(id)
    for network in service.post_start_network:
        docker.join(id, network)
    output.detail("Waiting for container to be ready")
    wait(docker, kind, service, id)


def _create(docker: Engine, kind: Kind, service: Service) -> str:
    id = docker.create(plan(kind, service))
    try:
        # In the network of the apps whatever else is asked for: those that are linked reach it there.
        for network in (scheduler_docker.network(), *service.post_create_network):
            docker.join(id, network)
    except BaseException:
        docker.remove(id)
        raise
    return id


def plan(kind: Kind, service: Service, name: str = "") -> Container:
    """The container of a service; the files that it reads are written.

    Args:
        name: Another name than that by which apps reach it.
    """
    filled = kinds.values(kind, service, host(service))
    own = {name: text.format(**filled) for name, text in kind.environment.items()}
    command = [word.format(**filled) for word in kind.command or ()] + checked.words(service.options)
    published = {f"{kind.port}/tcp": [{"HostPort": str(port)} for port in service.ports]}
    limits = {"Memory": service.memory * 2**20, "ShmSize": service.shm * 2**20}
    return Container(
        name=name or host(service),
        image=images.present(kind, service),
        command=command or None,
        environment={**service.environment, **own},
        labels={**ours(), SERVICE: service.key},
        mounts=_mounts(kind, service, filled),
        network=service.initial_network or scheduler_docker.network(),
        restart="unless-stopped",
        init=False,
        stop_timeout=STOP_SECONDS,
        options={**({} if name else {"Hostname": host(service)}), "ExposedPorts": {f"{kind.port}/tcp": {}}},
        host={"PortBindings": published, **{key: value for key, value in limits.items() if value}},
    )


def _mounts(kind: Kind, service: Service, filled: dict[str, str]) -> list[Mount]:
    folder = root(service)
    # What containers write belongs to accounts of theirs, which also some person's may be: only we get in.
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    mounts = []
    if kind.data:
        (folder / service.data).mkdir(exist_ok=True)
        mounts.append(Mount(str(folder / service.data), kind.data))
    if kind.files:
        config = folder / "config"
        config.mkdir(exist_ok=True)
        for name, text in kind.files.items():
            (config / name).write_text(text.format(**filled), encoding="utf-8")
        mounts.append(Mount(str(config), kind.config, "ro"))
    return mounts


def wait(docker: Engine, kind: Kind, service: Service, id: str) -> None:
    """Wait until a service answers.

    Raises:
        Silent: It has ended, or didn't answer in time.
    """
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        state = docker.state(id)
        if state.status in ("exited", "dead") or state.restarts:
            break
        if state.is_running and _answers(docker, kind, service, state):
            return
        time.sleep(POLL_SECONDS)
    said = [text for _, text in docker.logs(id, tail=5)]
    raise Silent(
        f"{kind.title} service {service.name} does not answer: {' / '.join(said) or 'it printed nothing'}",
        hint=f"See {kind.noun}:logs {service.name}",
    )


def _answers(docker: Engine, kind: Kind, service: Service, state: State) -> bool:
    if kind.answers:
        return kind.answers(access(kind, service, state.id))
    if kind.ready:
        try:
            return docker.execute(state.id, kind.ready, READY_SECONDS)[0] == 0
        except DockerError:  # it has just ended
            return False
    try:
        with socket.create_connection((state.address or "", kind.port), timeout=1):
            return True
    except OSError:
        return False


def place(service: Service) -> str:
    """A service and its folder of data, as a label."""
    return f"{service.key}/{service.data}"


def end_aside(service: Service) -> None:
    """End a container aside that is on the service's data: two programs on one folder would ruin it."""
    docker = engine()
    for container in docker.containers(ours() | {ASIDE: place(service)}):
        docker.stop(container.id, STOP_SECONDS)
        docker.remove(container.id)


def pause(service: Service) -> None:
    """Stop a service's container, and keep it."""
    if container := found(service):
        engine().stop(container.id, STOP_SECONDS)


def stop(service: Service) -> None:
    """Stop and remove a service's container; its data stays."""
    if container := found(service):
        engine().stop(container.id, STOP_SECONDS)
        engine().remove(container.id)


def remove(service: Service) -> None:
    """Remove all that a service has outside the store."""
    stop(service)
    if root(service).exists():
        privileged.run("remove", str(root(service)))
