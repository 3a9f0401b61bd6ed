"""A commit as a folder, as a checkout would give it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from paas import App, PaasError, Source, process

from . import repository


@contextmanager
def extracted(app: App, revision: str, kind: str, reference: str = "", *, pushed: bool = False) -> Iterator[Source]:
    """A commit's tree in a folder of its own, as long as the context is open.

    Args:
        pushed: The commit isn't accepted yet: read it with the environment that git gave to the hook.

    Raises:
        PaasError: The tree is empty, or a submodule can't be fetched.
    """
    with repository.scratch() as folder:
        _extract(repository.path(app), revision, folder, pushed=pushed)
        if not any(folder.iterdir()):
            raise PaasError(f"The commit {revision[:12]} has no files.", hint="Commit your app, then push again.")
        if (folder / ".gitmodules").exists():
            _add_submodules(repository.path(app), revision, folder, pushed=pushed)
        yield Source(folder, revision, kind, reference)


@contextmanager
def known(app: App, revision: str) -> Iterator[Source]:
    with extracted(app, revision, "rebuild", revision) as source:
        yield source


def _extract(folder: Path, revision: str, target: Path, *, pushed: bool) -> None:
    """Unpack a tree; git has checked its names, and only containers will follow its links."""
    argv: process.Argv = ["git", "-C", folder, "archive", "--format=tar", f"{revision}^{{tree}}"]
    with process.started(argv, git=pushed, stdout=subprocess.PIPE) as archive:
        process.run(["tar", "-x", "--no-same-owner", "-C", target], input=archive.stdout)
        if archive.wait():
            raise PaasError(f"git can't read the commit {revision[:12]}.")


def _add_submodules(folder: Path, revision: str, target: Path, *, pushed: bool) -> None:
    """Fetch the commits that the tree names for its submodules; no ref of the app's repository is written."""
    listed = process.text(["git", "-C", folder, "ls-tree", "-r", "-z", revision], git=pushed).split("\0")
    commits = {entry.partition("\t")[2]: entry.split()[2] for entry in listed if entry.startswith("160000 commit ")}
    for name, url in _submodules(target / ".gitmodules").items():
        if name not in commits:
            continue
        into = target / name
        if not into.resolve().is_relative_to(target.resolve()):
            raise PaasError(f"The submodule {name} lies outside of the source.")
        steps: list[process.Argv] = [
            ["init", "--quiet", "--template=", into],
            ["-C", into, "fetch", "--quiet", "--depth=1", "--", url, commits[name]],
            ["-C", into, "-c", "advice.detachedHead=false", "checkout", "--quiet", commits[name]],
        ]
        for words in steps:
            process.run(["git", *words], env=TRANSPORTS)


TRANSPORTS = {"GIT_ALLOW_PROTOCOL": "https:http:ssh:git:file", "GIT_TERMINAL_PROMPT": "0"}
"""What a URL from outside may make git do; its helpers (`ext::`) run programs."""


def _submodules(file: Path) -> dict[str, str]:
    """Path to URL of each submodule that a .gitmodules names."""
    read: process.Argv = ["git", "config", "--file", file, "--get-regexp", r"^submodule\..*\.(path|url)$"]
    found: dict[str, dict[str, str]] = {}
    for line in process.run(read, check=False).stdout.decode(errors="replace").splitlines():
        key, _, value = line.partition(" ")
        section, _, field = key.rpartition(".")
        found.setdefault(section, {})[field] = value
    return {both["path"]: both["url"] for both in found.values() if both.keys() == {"path", "url"}}
