"""Stop containers and leave nothing of them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from paas_docker.api import Engine, NotFound

from . import network
from .containers import INSTANCE

AT_ONCE = 8


def now(docker: Engine, ids: Sequence[str], stop_timeout: int | None = None) -> None:
    """Stop and remove containers, and give their addresses back; those that are gone already count as done.

    Args:
        stop_timeout: Seconds between SIGTERM and SIGKILL; None for what each container was created with.
    """
    if not ids:
        return
    with ThreadPoolExecutor(AT_ONCE) as pool:
        instances = list(pool.map(lambda one: _one(docker, one, stop_timeout), ids))
    for instance in filter(None, instances):
        network.free(instance)


def _one(docker: Engine, id: str, stop_timeout: int | None) -> str | None:
    try:
        found = docker.inspect(id)
    except NotFound:
        return None
    if stop_timeout != 0 and found["State"]["Running"]:
        kept = found["Config"].get("StopTimeout")
        docker.stop(id, stop_timeout if stop_timeout is not None else kept if kept is not None else 30)
    docker.remove(id)
    instance: str | None = found["Config"]["Labels"].get(INSTANCE)
    return instance
