"""Has each app its repository, with the hook that deploys, and is on the deploy branch what is live?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from paas import App, apps, locks, releases
from paas.context import current
from paas.upkeep import Finding, Severity

from . import repository
from .settings import SETTINGS


def diagnose() -> Iterator[Finding]:
    for app in apps.all():
        yield from _repository(app)
        yield from _branch(app)
    yield from _unknown()


def _repository(app: App) -> Iterator[Finding]:
    if wrong := repository.wrong(app):
        yield Finding(
            app.name,
            f"{wrong}, so that a push doesn't deploy.",
            f"git:initialize {app.name}",
            repair=partial(_ensure, app),
        )


def _ensure(app: App) -> None:
    repository.ensure(app)


def _branch(app: App) -> Iterator[Finding]:
    """A push that went live although git refused it: the branch stayed where it was."""
    with locks.exclusive(f"app-{app.id}", wait=False) as idle:
        live = releases.live(app) if idle else None
        if not live or live.reason != "git push":
            return
        branch = SETTINGS.value(app, "deploy-branch")
        head = repository.head(app, branch) if repository.path(app).exists() else None
    if head and head != live.revision:
        yield Finding(
            app.name,
            f"{live.revision[:12]} is live, and {branch} is at {head[:12]}.",
            "Push again. A push that was cut short after it went live leaves this.",
            Severity.warning,
        )


def _unknown() -> Iterator[Finding]:
    known = {repository.path(app) for app in apps.all()}
    for folder in _repositories(current().paths.home):
        if folder not in known:
            yield Finding(
                "repositories",
                f"{folder} is a repository of no app.",
                f"Remove it if nobody needs what is in it: rm -r {folder}",
                Severity.warning,
            )


def _repositories(home: Path) -> list[Path]:
    folders = sorted(home.iterdir()) if os.access(home, os.R_OK) else []
    return [folder for folder in folders if not folder.name.startswith(".") and (folder / "HEAD").is_file()]
