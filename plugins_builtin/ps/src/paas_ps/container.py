"""An app's settings on its containers."""

from __future__ import annotations

from dataclasses import replace

from paas import App, Release, Slot, releases
from paas_docker.api import Container
from paas_scheduler.api.command import line, within

from .settings import SETTINGS


def adjusted(container: Container, app: App, slot: Slot, release: Release) -> Container:
    command, image = _command(app, slot, release), release.image
    return replace(
        container,
        command=within(image, line(image, command, container.environment)) if command else container.command,
        restart=SETTINGS.value(app, "restart-policy"),
        stop_timeout=int(SETTINGS.value(app, "stop-timeout-seconds")),
    )


def _command(app: App, slot: Slot, release: Release) -> str:
    """The command that was set for a process; empty if none was."""
    if slot.type != releases.ROUTED:
        return ""
    fallback = "" if release.image.entry else SETTINGS.value(app, "dockerfile-start-cmd")
    return SETTINGS.value(app, "start-cmd") or fallback
