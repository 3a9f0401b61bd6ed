"""An app's settings on its containers."""

from __future__ import annotations

from dataclasses import replace

from paas import App
from paas_docker.api import Container

from .settings import SETTINGS


def adjusted(container: Container, app: App) -> Container:
    return replace(
        container,
        restart=SETTINGS.value(app, "restart-policy"),
        stop_timeout=int(SETTINGS.value(app, "stop-timeout-seconds")),
    )
