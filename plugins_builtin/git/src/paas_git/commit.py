"""A folder as a commit in an app's repository, made with git's plumbing; no branch moves until it is deployed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from paas import App, InvalidValue, PaasError, lifecycle, process

from . import repository, source
from .settings import SETTINGS

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


@dataclass(frozen=True)
class Author:
    """Who a commit is by."""

    name: str = "paas"
    email: str = "automated@paas.invalid"

    def environment(self) -> dict[str, str]:
        """The author as git takes it.

        Raises:
            InvalidValue: A name or address that can't stand in a commit.
        """
        for text in (self.name, self.email):
            if not text.isprintable() or set("<>") & set(text) or not text.strip():
                raise InvalidValue(f"{text!r} can't be the author of a commit.")
        return {
            "GIT_AUTHOR_NAME": self.name,
            "GIT_AUTHOR_EMAIL": self.email,
            "GIT_COMMITTER_NAME": self.name,
            "GIT_COMMITTER_EMAIL": self.email,
        }


class Unchanged(PaasError):
    def __init__(self, app: App) -> None:
        super().__init__(
            f"No changes detected for {app.name}, skipping git commit",
            hint=f"Use ps:rebuild {app.name} to build again.",
        )


def deploy(app: App, folder: Path, author: Author, kind: str, reference: str, *, force: bool = False) -> None:
    """Commit a folder on top of the deploy branch and deploy it; the branch moves once it is live.

    Args:
        force: Deploy even if nothing changed.

    Raises:
        Unchanged: The branch holds the same files.
        PaasError: It can't be deployed; nothing has moved.
    """
    bare = repository.ensure(app)
    branch = SETTINGS.value(app, "deploy-branch")
    parent = repository.head(app, branch)
    tree = _tree(bare, folder)
    if parent and not force and repository.git(bare, "rev-parse", f"{parent}^{{tree}}") == tree:
        raise Unchanged(app)
    words: process.Argv = ["git", "-C", bare, "commit-tree", tree, *(("-p", parent) if parent else ())]
    done = process.run([*words, "-m", f"Automated commit from {kind}"], env=author.environment())
    move(app, branch, done.stdout.decode().strip(), kind, reference)


def move(app: App, branch: str, revision: str, kind: str, reference: str) -> None:
    """Deploy a commit that the repository holds, and have the branch name it then."""
    parent = repository.head(app, branch)
    with source.extracted(app, revision, kind, reference) as extracted:
        lifecycle.receive(app, extracted, f"git:{kind}")
    repository.git(repository.path(app), "update-ref", f"refs/heads/{branch}", revision, parent or "0" * 40)


def _tree(bare: Path, folder: Path) -> str:
    """A folder as a tree object; what git would ignore is in it too."""
    with repository.scratch() as scratch:
        environment = {"GIT_INDEX_FILE": str(scratch / "index"), "GIT_DIR": str(bare), "GIT_WORK_TREE": str(folder)}
        process.run(["git", "add", "--all", "--force", "."], env=environment, cwd=folder)
        tree = process.run(["git", "write-tree"], env=environment, cwd=folder).stdout.decode().strip()
    if tree == EMPTY_TREE:
        raise PaasError("There are no files to deploy.")
    return tree


@contextmanager
def prepared(given: Path | None = None) -> Iterator[Path]:
    """A folder to commit from, with a copy of another folder's files if there is one."""
    with repository.scratch() as scratch:
        target = scratch / "tree"
        if given:
            shutil.copytree(given, target, symlinks=True, ignore=lambda _, names: [n for n in names if n == ".git"])
        else:
            target.mkdir()
        yield target


def readable(folder: str) -> Path:
    """A folder of the server that the paas account may read.

    Raises:
        PaasError: It isn't one.
    """
    path = Path(folder)
    if not path.is_dir() or not os.access(path, os.R_OK | os.X_OK):
        raise PaasError(f"{folder} is not a folder that the account of paas can read.")
    return path
