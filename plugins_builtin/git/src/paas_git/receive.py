"""The pre-receive hook: which of the pushed refs deploys, and what becomes of the others."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from paas import App, InvalidValue, PaasError, cancelling, hooks, lifecycle, output
from paas.state import GLOBAL

from . import client, hookspecs, names, source, turn
from .names import HEADS
from .settings import SETTINGS
from .settings import branch as checked_branch

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")
"""A ref that means the same to every shell."""


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


def parse(lines: Iterable[bytes]) -> list[Update]:
    """What git wrote to the hook's standard input.

    Raises:
        InvalidValue: It isn't `OLD NEW REF` lines, at least one, or a ref isn't UTF-8.
    """
    updates = []
    for line in lines:
        try:
            old, new, ref = line.decode().removesuffix("\n").split(" ", 2)
        except UnicodeDecodeError as error:
            raise InvalidValue(
                f"The name of a ref is not UTF-8: {line!r}", hint="Push it by another: git push REMOTE HEAD:main"
            ) from error
        except ValueError as error:
            raise InvalidValue(f"git-hook reads OLD NEW REF lines from git, and not {line!r}.") from error
        updates.append(Update(names.revision(old), names.revision(new), names.ref(ref)))
    if not updates:  # to accept what we haven't seen would let git store it without a deploy
        raise InvalidValue("git-hook reads OLD NEW REF lines from git, and there were none.")
    return updates


def handle(app: App, updates: Sequence[Update]) -> None:
    """Deploy the update of the deploy branch, and let git store the others.

    Raises:
        PaasError: Why the push is declined.
    """
    branch = deploy_branch(app, updates)
    deploying = [update for update in updates if update.branch == branch]
    for update in updates:
        if update not in deploying:
            _store(app, update, branch, warn=not deploying)
    for update in deploying:
        _deploy(app, update)


def deploy_branch(app: App, updates: Iterable[Update]) -> str:
    """The branch that deploys: the chosen one; where nobody has chosen, the one that a push brings.

    Raises:
        PaasError: A push brings several and nobody has chosen, or one with a name that can't be chosen.
    """
    if is_chosen(app):
        return SETTINGS.value(app, "deploy-branch")
    default = SETTINGS.value(app, "deploy-branch")
    pushed = [update.branch for update in updates if update.branch and not update.deletes]
    if default in pushed or not pushed:
        return default
    if len(pushed) > 1:
        raise PaasError(
            f"Any of {', '.join(pushed)} could become the deploy branch of {app.name}.",
            hint=f"Push one of them first, or choose with git:set {app.name} deploy-branch {shlex.quote(pushed[0])}",
        )
    return checked_branch(pushed[0])


def is_chosen(app: App) -> bool:
    """Whether someone, or an earlier push, has said which branch deploys."""
    return any(SETTINGS.own(owner, "deploy-branch") for owner in (app, GLOBAL))


def _deploy(app: App, update: Update) -> None:
    branch = str(update.branch)
    if update.deletes:
        raise PaasError(
            f"{branch} is the deploy branch of {app.name} and can't be deleted.",
            hint=f"Choose another with git:set {app.name} deploy-branch BRANCH, or use apps:destroy {app.name}",
        )
    if branch != SETTINGS.value(app, "deploy-branch"):
        output.step(f"Set {branch} as deploy-branch")
    with (
        _cancelled_by_its_client(),
        turn.taken(app, branch, update.old),
        source.extracted(app, update.new, "git-push", branch, pushed=True) as extracted,
    ):
        lifecycle.receive(app, extracted, "git push")
    if not is_chosen(app):
        SETTINGS.set(app, "deploy-branch", branch)


@contextmanager
def _cancelled_by_its_client() -> Iterator[None]:
    """A push whose client has gone can't be accepted any more, so what it brings must not go live."""
    with cancelling.allowed():
        client.end_with_it()
        yield


def _store(app: App, update: Update, branch: str, *, warn: bool) -> None:
    if update.deletes or hooks.ask(hookspecs.receive_branch, app, update.new, update.ref) or not warn:
        return
    output.step(f"WARNING: deploy did not complete, you must push to {branch}.")
    # It will be copied into a shell: no branch that means something there, whoever gave it its name.
    example = f"{update.branch or 'HEAD'}:{branch}"
    if _PLAIN.fullmatch(example.replace(":", "")):
        output.step(f"for example, try 'git push <remote> {example}'")
