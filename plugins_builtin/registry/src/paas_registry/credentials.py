"""What was logged in with: Docker's own files, owner-only, one for all apps and one for each that has its own.

Docker's file for all is where its client looks by itself, so that builds and pulls find it too.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from paas import App
from paas.context import current
from paas_docker.api import engine

from . import settings
from .settings import HUB

HUB_KEY = "https://index.docker.io/v1/"
"""What Docker calls its own registry in its files."""


def login(app: App | None, server: str, user: str, password: str) -> None:
    """Log in for an app, or for all.

    Raises:
        DockerError: The registry refuses, or doesn't answer.
    """
    folder = place(app)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine().login(server, user, password, folder)


def logout(app: App | None, server: str) -> None:
    engine().logout(server, place(app))


def known(app: App | None) -> list[str]:
    """The registries that were logged in to."""
    try:
        found = json.loads((place(app) / "config.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return []
    return sorted(HUB if name == HUB_KEY else name for name in found.get("auths", {}))


def folder_for(app: App, server: str) -> Path:
    """Where Docker finds what an app logs in with: its own, else that of all."""
    return place(app if settings.host(server or HUB) in known(app) else None)


def duplicate(app: App, copy: App) -> None:
    if place(app).is_dir():
        shutil.copytree(place(app), place(copy), dirs_exist_ok=True)


def place(app: App | None) -> Path:
    paths = current().paths
    return paths.app(app.name) / "docker" if app else paths.home / ".docker"
