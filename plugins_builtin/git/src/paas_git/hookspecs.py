"""What git asks of other plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paas import hookspec

if TYPE_CHECKING:
    from paas import App


@hookspec.answer
def receive_branch(app: App, revision: str, ref: str) -> bool | None:
    """A branch was pushed that doesn't deploy: deal with it and answer True, or refuse it with an exception.

    Called for each such branch of a push, within the push. With no answer the branch is stored, and the
    pusher is told which branch deploys.
    """


@hookspec.check
def git_pre_pull(app: App) -> None:
    """Refuse a clone or a fetch. Called before git serves it."""
