"""One push at a time: who deploys keeps the repository until git has moved the branch.

The hook ends before git moves the branch. A lock that ended with it would let the next push in between: that one would
go live, and git would then refuse to move the branch, since it isn't where that push had found it. So it is opened
by `git-receive-pack` before it becomes git, taken by the hook, and free when the last process of the push has ended.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from paas import App, PaasError, locks

from . import repository

DESCRIPTOR = "PAAS_PUSH"
"""The variable that names the lock's descriptor to the hook."""


class Moved(PaasError):
    def __init__(self, app: App, branch: str) -> None:
        super().__init__(
            f"{branch} of {app.name} has moved since this push began.", hint="Fetch what came before, then push again."
        )


def bring(folder: Path) -> None:
    """Open the lock of a repository for the program that we become; nobody has it yet."""
    descriptor = os.open(folder, os.O_RDONLY)
    os.set_inheritable(descriptor, True)
    os.environ[DESCRIPTOR] = str(descriptor)


@contextmanager
def taken(app: App, branch: str, old: str) -> Iterator[None]:
    """Be the only push that deploys an app, until git has moved its branch.

    Args:
        old: The commit from which git will move the branch; zeros for a new one.

    Raises:
        Locked: Another push is at it.
        Moved: The branch is elsewhere now: git would refuse to move it, after the deploy.
    """
    with _lock(repository.path(app)) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = locks.holder(app.id)  # None while git moves the branch
            raise locks.Locked(app.name, f" ({holder})" if holder else "") from None
        if (repository.head(app, branch) or "0" * len(old)) != old:
            raise Moved(app, branch)
        yield


@contextmanager
def _lock(folder: Path) -> Iterator[int]:
    """What the push has brought, which stays open; else, in a push on the server itself, one until the block ends."""
    if (brought := int(os.environ.get(DESCRIPTOR, "-1"))) >= 0 and _leads_to(brought, folder):
        yield brought
        return
    own = os.open(folder, os.O_RDONLY)
    try:
        yield own
    finally:
        os.close(own)


def _leads_to(descriptor: int, folder: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), folder.stat())
    except OSError:  # git, or whoever calls the hook, has closed it
        return False
