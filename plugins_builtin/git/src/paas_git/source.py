"""A commit as a folder, as a checkout would give it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from paas import App, PaasError, Source, ahead, process, releases, scratch

from . import checkout, repository
from .settings import SETTINGS


@contextmanager
def extracted(app: App, revision: str, kind: str, reference: str = "", *, pushed: bool = False) -> Iterator[Source]:
    """A commit's tree in a folder of its own, as long as the context is open.

    Args:
        pushed: The commit isn't accepted yet: read it with the environment that git gave to the hook.

    Raises:
        PaasError: The tree is empty, or a submodule can't be fetched.
    """
    bare = repository.path(app)
    keep = SETTINGS.value(app, "keep-git-dir") == "true"
    with scratch.folder("source") as tree:
        ahead.of_build()
        _extract(bare, revision, tree, pushed=pushed)
        if not any(tree.iterdir()):
            raise PaasError(f"The commit {revision[:12]} has no files.", hint="Commit your app, then push again.")
        has_submodules = (tree / ".gitmodules").is_file()
        if keep or has_submodules:
            branch = reference if pushed else SETTINGS.value(app, "deploy-branch")
            checkout.make(bare, revision, tree, branch=branch, history=keep, pushed=pushed)
        if has_submodules:
            checkout.add_submodules(tree, reference if kind == "git-sync" else "")
        if has_submodules and not keep:
            checkout.strip(tree)
        yield Source(tree, revision, kind, reference)


@contextmanager
def known(app: App, revision: str) -> Iterator[Source]:
    """A commit that was deployed before, as a source of the kind that it was then."""
    live = releases.live(app)
    kind, reference = (live.kind, live.reference) if live and live.revision == revision else ("rebuild", revision)
    with extracted(app, revision, kind, reference) as source:
        yield source


def _extract(bare: Path, revision: str, tree: Path, *, pushed: bool) -> None:
    """Unpack a tree, with the modes of a checkout whatever our umask; only containers will follow its links."""
    git: process.Argv = ["git", "-C", bare, "-c", "tar.umask=0022"]
    argv: process.Argv = [*git, "archive", "--format=tar", f"{revision}^{{tree}}"]
    with process.started(argv, git=pushed, stdout=subprocess.PIPE) as archive:
        process.run(["tar", "-x", "--same-permissions", "--no-same-owner", "-C", tree], input=archive.stdout)
        if archive.wait():
            raise PaasError(f"git can't read the commit {revision[:12]}.")
