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
    logging = container.options.get("log_config", {"type": "json-file", "config": {}})
    if logging["type"] not in SIZED:
        return container
    config = {key: value for key, value in logging["config"].items() if key != "max-size"}
    if (size := SETTINGS.value(app, "max-size")) != UNLIMITED:
        config["max-size"] = size
    return replace(container, options={**container.options, "log_config": {**logging, "config": config}})
