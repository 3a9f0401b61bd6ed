"""What was logged in with: Docker's own files, owner-only, one for all apps and one for each that has its own.

Docker's file for all is where its client looks by itself, so that builds and pulls find it too.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from paas import App, files
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
    return sorted(HUB if name == HUB_KEY else name for name in _config(app).get("auths", {}))


def folder_for(app: App, server: str) -> Path:
    """Where Docker finds what an app logs in with: its own, else that of all."""
    return place(app if settings.host(server or HUB) in known(app) else None)


def for_builds(app: App) -> Path | None:
    """A folder with the logins of an app and, to other registries, those of all; None if it has none of its own."""
    if not known(app):
        return None
    own, shared = _config(app), _config(None)
    auths = {**shared.get("auths", {}), **own.get("auths", {})}
    # A program that keeps the passwords of all would else be asked for the app's too.
    helpers = dict.fromkeys(shared.get("auths", {}), shared["credsStore"]) if "credsStore" in shared else {}
    helpers = {**helpers, **shared.get("credHelpers", {})}
    kept = {server: helper for server, helper in helpers.items() if server not in own["auths"]}
    folder = place(app) / "builds"
    folder.mkdir(mode=0o700, exist_ok=True)
    files.replace(folder / "config.json", json.dumps({"auths": auths, "credHelpers": kept}), 0o600)
    if not (plugins := folder / "cli-plugins").is_symlink():
        plugins.symlink_to(place(None) / "cli-plugins")  # buildx may be there
    return folder


def _config(app: App | None) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((place(app) / "config.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found


def duplicate(app: App, copy: App) -> None:
    if place(app).is_dir():
        shutil.copytree(place(app), place(copy), dirs_exist_ok=True, symlinks=True)


def place(app: App | None) -> Path:
    paths = current().paths
    return paths.app(app.name) / "docker" if app else paths.home / ".docker"
