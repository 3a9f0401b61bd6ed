"""Further containers of a service, on folders of their own, that no app reaches by their names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from paas import privileged
from paas_docker.api import engine, ours

from . import containers, turns
from .containers import ASIDE
from .kinds import Kind, Service

FOLDER = "aside"


@contextmanager
def started(kind: Kind, service: Service) -> Iterator[tuple[Service, str]]:
    """A service that holds nothing and is like this one, until the block ends; nothing of it stays.

    Yields:
        The service, and the id of its container, which answers.
    """
    own = replace(service, data=FOLDER)
    with turns.aside(service):
        clear(own)
        try:
            yield own, run(kind, own)
        finally:
            clear(own)


def run(kind: Kind, service: Service) -> str:
    """Have a container aside run on the folder of data that the service names; its id."""
    docker = engine()
    own = replace(service, ports=(), initial_network="")
    plan = containers.plan(kind, own, name=f"{containers.host(service)}-{service.data}-aside")
    id = docker.create(replace(plan, labels={**ours(), ASIDE: containers.place(service)}, restart="no"))
    docker.start(id)
    containers.wait(docker, kind, service, id)
    return id


def stop(service: Service) -> None:
    """Stop and remove the container aside on the service's folder of data; the folder stays."""
    containers.end_aside(service)


def clear(service: Service) -> None:
    """Remove the container aside and its folder."""
    stop(service)
    if (folder := containers.root(service) / service.data).exists():
        privileged.run("remove", str(folder))
