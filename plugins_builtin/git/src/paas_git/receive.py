"""The pre-receive hook: which of the pushed refs deploys, and what becomes of the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from paas import App, InvalidValue, PaasError, hooks, lifecycle, output
from paas.state import GLOBAL

from . import hookspecs, source
from .settings import SETTINGS

HEADS = "refs/heads/"


@dataclass(frozen=True)
class Update:
    """One line of what git tells the hook: a ref, with its commit before and after."""

    old: str
    new: str
    ref: str

    @property
    def branch(self) -> str | None:
        """The branch, None for a tag or anything else."""
        return self.ref.removeprefix(HEADS) if self.ref.startswith(HEADS) else None

    @property
    def deletes(self) -> bool:
        return not self.new.strip("0")


def parse(lines: Iterable[str]) -> list[Update]:
    """What git wrote to the hook's standard input.

    Raises:
        InvalidValue: It isn't `OLD NEW REF` lines.
    """
    updates = []
    for line in lines:
        words = line.rstrip("\n").split(" ", 2)
        if len(words) != 3:
            raise InvalidValue("git-hook reads OLD NEW REF lines, as git gives them to a pre-receive hook.")
        updates.append(Update(*words))
    return updates


def handle(app: App, updates: Iterable[Update]) -> None:
    """Deploy the update of the deploy branch, and have the others stored.

    Raises:
        PaasError: Why the push is declined.
    """
    updates = list(updates)
    branch = deploy_branch(app, updates)
    for update in updates:
        if update.branch != branch:
            _store(app, update, branch)
    for update in updates:
        if update.branch == branch:
            _deploy(app, update)


def deploy_branch(app: App, updates: Iterable[Update]) -> str:
    """The branch that deploys; with nothing set, the only one that a push brings becomes it."""
    for owner in (app, GLOBAL):
        if chosen := SETTINGS.own(owner, "deploy-branch"):
            return chosen
    pushed = [update.branch for update in updates if update.branch and not update.deletes]
    default = SETTINGS.value(app, "deploy-branch")
    return default if default in pushed or len(pushed) != 1 else pushed[0]


def _deploy(app: App, update: Update) -> None:
    branch = str(update.branch)
    if update.deletes:
        raise PaasError(
            f"{branch} is the deploy branch of {app.name} and can't be deleted.",
            hint=f"Choose another with git:set {app.name} deploy-branch BRANCH, or use apps:destroy {app.name}",
        )
    is_new = branch != SETTINGS.value(app, "deploy-branch")
    if is_new:
        output.step(f"Set {branch} as deploy-branch")
    with source.extracted(app, update.new, "git-push", branch, pushed=True) as extracted:
        lifecycle.receive(app, extracted, "git push")
    if is_new:
        SETTINGS.set(app, "deploy-branch", branch)


def _store(app: App, update: Update, branch: str) -> None:
    if update.deletes or hooks.ask(hookspecs.receive_branch, app, update.new, update.ref):
        return
    output.step(f"WARNING: deploy did not complete, you must push to {branch}.")
    output.step(f"for example, try 'git push <remote> {update.branch or 'HEAD'}:{branch}'")
