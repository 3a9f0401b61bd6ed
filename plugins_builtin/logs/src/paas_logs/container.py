"""How Docker keeps what an app's containers print."""

from __future__ import annotations

from dataclasses import replace

from paas import App
from paas_docker.api import Container

from .settings import SETTINGS, UNLIMITED

SIZED = ("json-file", "local")
"""The log drivers that keep logs themselves and know a size."""


def sized(container: Container, app: App) -> Container:
    """The container with the size that was set, where its log has one."""
    logging = {"Type": "json-file", "Config": {}, **container.host.get("LogConfig", {})}
    if logging["Type"] not in SIZED:
        return container
    config = {key: value for key, value in logging["Config"].items() if key != "max-size"}
    if (size := SETTINGS.value(app, "max-size")) != UNLIMITED:
        config["max-size"] = size
    return replace(container, host={**container.host, "LogConfig": {**logging, "Config": config}})
