"""Stop containers and leave nothing of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from paas import PaasError, output
from paas_docker.api import Engine, NotFound

from . import network
from .labels import INSTANCE

AT_ONCE = 16
STOP_TIMEOUT = 10
"""Docker's own seconds, for a container that was created without."""


def now(docker: Engine, ids: Sequence[str], stop_timeout: int | None = None) -> None:
    """Stop and remove containers, and give their addresses back; those that are gone already count as done.

    Args:
        stop_timeout: Seconds between SIGTERM and SIGKILL; None for what each container was created with, 0 for
            no SIGTERM at all.
    """
    if not ids:
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(min(len(ids), AT_ONCE)) as pool:
        removals = [pool.submit(_one, docker, id, stop_timeout) for id in ids]
    network.free([done.result() for done in removals if not done.exception()])
    for done in removals:
        done.result()


def stop(docker: Engine, ids: Sequence[str]) -> None:
    """Stop containers that stay, each with the time that it was created with."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(min(len(ids), AT_ONCE)) as pool:
        for done in [pool.submit(_stop, docker, docker.inspect(id), None) for id in ids]:
            done.result()


def quietly(docker: Engine, ids: Sequence[str]) -> None:
    """Remove containers at once after something else, such as a deploy that fails, whose reason counts more."""
    try:
        now(docker, ids, stop_timeout=0)
    except PaasError as error:
        output.warn(f"Not all new containers could be removed: {error.message}", "The next paas tick tries again.")


def _one(docker: Engine, id: str, stop_timeout: int | None) -> str:
    """Remove one container; the word under which its address is kept, empty if there is none."""
    try:
        found = docker.inspect(id)
    except NotFound:
        return ""
    if stop_timeout != 0:
        _stop(docker, found, stop_timeout)
    docker.remove(id)
    return str(found["Config"]["Labels"].get(INSTANCE, ""))


def _stop(docker: Engine, found: Mapping[str, Any], stop_timeout: int | None) -> None:
    """Stop a container, as `inspect` gives it, if it runs."""
    if found["State"]["Running"]:
        kept = found["Config"].get("StopTimeout")
        seconds = next(seconds for seconds in (stop_timeout, kept, STOP_TIMEOUT) if seconds is not None)
        docker.stop(found["Id"], seconds)
