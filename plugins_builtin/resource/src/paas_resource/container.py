"""The limits of a process as fields of Docker's request to create its container."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from paas import App, PaasError
from paas_docker.api import Container

from . import kept
from .quantities import in_bytes, in_nanoseconds

BUILD = "build"
"""What stands for a process type where a build is meant."""


def limited(container: Container, app: App, type: str) -> Container:
    """The container with what was set for its process type, or for all.

    Raises:
        PaasError: What was set for the type and for all doesn't go together.
    """
    return replace(container, host={**container.host, **host(app, type)})


def limited_build(container: Container, app: App) -> Container:
    """The container with what was set for builds; what holds for all process types doesn't, as a build needs more.

    Raises:
        PaasError: What was set doesn't go together.
    """
    own = {kind: kept.of(app, kind).get(BUILD, {}) for kind in ("limit", "reserve")}
    fields = _fields(app, BUILD, lambda kind, name: own[kind].get(name, ""))
    return replace(container, host={**container.host, **fields})


def host(app: App, type: str) -> dict[str, Any]:
    """The fields of `HostConfig` for a process type."""
    return _fields(app, type, lambda kind, name: kept.value(app, kind, type, name))


def _fields(app: App, type: str, value: Callable[[str, str], str]) -> dict[str, Any]:
    """Limits as Docker has them, which knows none of the network.

    Args:
        value: What was set: kind (`limit`, `reserve`) and resource to a quantity, empty if nothing was.
    """
    limits = {name: value("limit", name) for name in ("cpu", "memory", "memory-swap", "nvidia-gpu")}
    reserved = value("reserve", "memory")
    _require_agreement(app, type, limits["memory"], limits["memory-swap"], reserved)
    fields: dict[str, Any] = {}
    if limits["cpu"]:
        fields["NanoCpus"] = in_nanoseconds(limits["cpu"])
    if limits["memory"]:
        fields["Memory"] = in_bytes(limits["memory"])
    if limits["memory-swap"]:
        fields["MemorySwap"] = -1 if limits["memory-swap"] == "-1" else in_bytes(limits["memory-swap"])
    if reserved:
        fields["MemoryReservation"] = in_bytes(reserved)
    if limits["nvidia-gpu"]:
        count = -1 if limits["nvidia-gpu"] == "all" else int(limits["nvidia-gpu"])
        fields["DeviceRequests"] = [{"Driver": "nvidia", "Count": count, "Capabilities": [["gpu"]]}]
    return fields


def build_words(app: App) -> Sequence[str]:
    """What `docker build` is given of the limits of builds; only the classic builder heeds them."""
    own = kept.of(app, "limit").get(BUILD, {})
    return [f"--{name}={own[name]}" for name in ("memory", "memory-swap") if name in own]


def _require_agreement(app: App, type: str, memory: str, swap: str, reserved: str) -> None:
    if swap and not memory:
        raise PaasError(
            f"{type} of {app.name} has a limit of memory-swap and none of memory.",
            hint=f"Set one: resource:limit --memory {swap if swap != '-1' else '512'} --process-type {type} {app.name}",
        )
    if memory and swap not in ("", "-1") and in_bytes(swap) < in_bytes(memory):
        raise PaasError(
            f"{type} of {app.name} may have {memory} of memory, and {swap} of memory and swap together.",
            hint="Raise memory-swap to at least the limit of memory.",
        )
    if memory and reserved and in_bytes(reserved) > in_bytes(memory):
        raise PaasError(
            f"{type} of {app.name} has {reserved} of memory reserved, and may have {memory}.",
            hint="Reserve no more than the limit.",
        )
