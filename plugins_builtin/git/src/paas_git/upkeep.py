"""Keep repositories small without any push waiting for it."""

from __future__ import annotations

from paas import App, process, releases, tasks

from . import repository

NOUN, TASK = "git", "tidy"
AFTER_SECONDS = 3600
LIVE = "refs/paas/live"
"""Keeps the live commit when no branch has it any more: ps:rebuild needs it."""


def plan(app: App) -> None:
    """Have a repository tidied up later, once for many pushes."""
    payload = {"app": app.id}
    if not any(task.name == TASK and task.payload == payload for task in tasks.planned(NOUN)):
        tasks.plan(NOUN, TASK, payload, AFTER_SECONDS)


def tidy(app: App) -> None:
    """Pack what lies about in an app's repository, if git thinks that it is much."""
    _collect(app, "--auto")


def pack(app: App) -> None:
    """Pack all of an app's repository as tightly as can be."""
    _collect(app, "--aggressive")


def _collect(app: App, how: str) -> None:
    folder = repository.path(app)
    if not folder.exists():
        return
    live = releases.live(app)
    if live and repository.has_commit(app, live.revision):
        repository.git(folder, "update-ref", LIVE, live.revision)
    process.run(["git", "-C", folder, "gc", how, "--quiet"])
