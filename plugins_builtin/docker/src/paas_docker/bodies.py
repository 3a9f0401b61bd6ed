"""The bodies of requests, as Docker's API wants them; asks nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .api import Container


def container(wanted: Container) -> dict[str, Any]:
    """The request to create a container."""
    asked: dict[str, Any] = {
        **wanted.options,
        "Image": wanted.image,
        "Env": [f"{key}={value}" for key, value in wanted.environment.items()],
        "Labels": dict(wanted.labels),
        "StopTimeout": wanted.stop_timeout,
        "HostConfig": _host(wanted),
    }
    if wanted.command is not None:
        asked["Cmd"] = list(wanted.command)
    if wanted.network and wanted.address:
        endpoint = {"IPAMConfig": {"IPv4Address": wanted.address}}
        asked["NetworkingConfig"] = {"EndpointsConfig": {wanted.network: endpoint}}
    return asked


def name_and_tag(name: str) -> dict[str, str]:
    """The parameters that give an image a name: of `host:5000/shop:1` the tag is `1`."""
    folder, slash, last = name.rpartition("/")
    repository, _, tag = last.partition(":")
    return {"repo": folder + slash + repository, "tag": tag}


def bridge(name: str, labels: Mapping[str, str], subnet: str, ip_range: str) -> dict[str, Any]:
    """The request to create a network; refused where there is one of that name."""
    return {
        "Name": name,
        "Driver": "bridge",
        "IPAM": {"Config": [{"Subnet": subnet, "IPRange": ip_range}]},
        "Labels": dict(labels),
        "CheckDuplicate": True,
    }


def _host(wanted: Container) -> dict[str, Any]:
    name, _, retries = wanted.restart.partition(":")
    return {
        **wanted.host,
        "Binds": [":".join(filter(None, (m.source, m.target, m.options))) for m in wanted.mounts],
        "NetworkMode": wanted.network or "default",
        "RestartPolicy": {"Name": name} | ({"MaximumRetryCount": int(retries)} if retries else {}),
        "Init": wanted.init,
    }
