"""A folder as a commit in an app's repository, made with git's plumbing; no branch moves until it is deployed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from paas import App, InvalidValue, PaasError, lifecycle, process, scratch
from paas.errors import ProgramFailed

from . import repository, source
from .settings import SETTINGS

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
NONE = "0" * 40


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
            if not text.isprintable() or set("<>") & set(text) or not text.strip(" .,:;\"'"):
                raise InvalidValue(
                    f"{text!r} can't be the author of a commit.", hint="Give a name and an address: Ann ann@example.com"
                )
        return {
            "GIT_AUTHOR_NAME": self.name,
            "GIT_AUTHOR_EMAIL": self.email,
            "GIT_COMMITTER_NAME": self.name,
            "GIT_COMMITTER_EMAIL": self.email,
        }


@dataclass(frozen=True)
class Origin:
    """Where the files of a commit came from.

    Attributes:
        command: The command that brought them, such as `git:from-image`.
        kind: As in `Source.kind`.
        reference: The image, address or folder.
    """

    command: str
    kind: str
    reference: str


class Unchanged(PaasError):
    def __init__(self, app: App) -> None:
        super().__init__(
            f"No changes detected for {app.name}, skipping git commit",
            hint=f"Use ps:rebuild {app.name} to build again.",
        )


def deploy(app: App, folder: Path, author: Author, origin: Origin, *, force: bool = False) -> None:
    """Commit a folder on top of the deploy branch and deploy it; the branch moves once it is live.

    Args:
        force: Deploy even if nothing changed.

    Raises:
        Unchanged: The branch holds the same files.
        PaasError: It can't be deployed; nothing has moved.
    """
    bare = repository.ensure(app)
    parent = repository.head(app, SETTINGS.value(app, "deploy-branch"))
    environment = author.environment()
    tree = _tree(bare, folder)
    if parent and not force and repository.git(bare, "rev-parse", f"{parent}^{{tree}}") == tree:
        raise Unchanged(app)
    words: process.Argv = ["git", "-C", bare, "commit-tree", tree, *(("-p", parent) if parent else ())]
    done = process.run([*words, "-m", f"{origin.command} {origin.reference}"], env=environment)
    move(app, SETTINGS.value(app, "deploy-branch"), done.stdout.decode().strip(), origin)


def move(app: App, branch: str, revision: str, origin: Origin) -> None:
    """Deploy a commit that the repository holds, and have the branch name it then."""
    parent = repository.head(app, branch)
    with source.extracted(app, revision, origin.kind, origin.reference) as extracted:
        lifecycle.receive(app, extracted, origin.command)
    repository.git(repository.path(app), "update-ref", f"refs/heads/{branch}", revision, parent or NONE)


def _tree(bare: Path, folder: Path) -> str:
    """A folder as a tree object; what git would ignore is in it too.

    Raises:
        PaasError: It has no files, or one that git can't keep.
    """
    with scratch.folder("index") as index:
        environment = {"GIT_INDEX_FILE": str(index / "index"), "GIT_DIR": str(bare), "GIT_WORK_TREE": str(folder)}
        try:
            process.run(["git", "add", "--all", "--force", "."], env=environment, cwd=folder)
        except ProgramFailed as error:
            raise PaasError(f"The files can't be committed: {error.output.strip()}") from error
        tree = process.run(["git", "write-tree"], env=environment, cwd=folder).stdout.decode().strip()
    if tree == EMPTY_TREE:
        raise PaasError("There are no files to deploy.", hint="Folders alone are not kept by git.")
    return tree
