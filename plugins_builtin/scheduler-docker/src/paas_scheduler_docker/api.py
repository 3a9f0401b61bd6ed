"""The network of the apps, for containers of other plugins that apps are to reach by name.

from paas_scheduler_docker import api as scheduler_docker

scheduler_docker.network()
"""

from __future__ import annotations

from . import network as bridge


def network() -> str:
    """The name of the network that all apps are in; it is made if need be."""
    bridge.ensure()
    return bridge.name()


def network_name() -> str:
    """Its name; asks nothing of Docker."""
    return bridge.name()


def subnets() -> list[str]:
    """Subnets of 256 addresses for further networks, each in a block that nothing on this server leads to yet."""
    return bridge.small_subnets()
