"""What git asks of other plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paas import hookspec

if TYPE_CHECKING:
    from paas import App


@hookspec.answer
def receive_branch(app: App, revision: str, ref: str) -> bool | None:
    """A ref was pushed that doesn't deploy: deal with it and answer True, or refuse it with an exception.

    Called for each such branch and tag of a push, within the push, before anything is deployed. With no answer
    it is stored, and the pusher is told which branch deploys.
    """


@hookspec.check
def git_pre_pull(app: App) -> None:
    """Refuse a clone or a fetch. Called before git serves it. What is printed goes to stderr: stdout belongs to git."""


@hookspec.tell
def git_post_pull(app: App) -> None:
    """A clone or a fetch was served. What is printed goes to stderr: stdout belongs to git."""
