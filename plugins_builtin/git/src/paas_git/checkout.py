"""A repository inside an extracted tree: for submodules, and for builds that want to read the history."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from paas import PaasError, output, process
from paas.errors import ProgramFailed

TRANSPORTS = {"GIT_ALLOW_PROTOCOL": "https:http:ssh:git", "GIT_TERMINAL_PROMPT": "0"}
"""What a URL in a pushed tree may make git do: `ext::` runs programs, and `file:` reads what other apps keep."""


def make(bare: Path, revision: str, tree: Path, *, branch: str, history: bool, pushed: bool) -> None:
    """Make the tree of a commit the working tree of a repository of its own.

    No ref of the bare repository is written, which git would refuse within a push.

    Args:
        branch: What the commit is called there.
        history: Bring the commits before it and their tags, not only the commit.
        pushed: The commit isn't accepted yet: read it with the environment that git gave to the hook.
    """
    tags = _tags(bare, revision, pushed=pushed) if history else {}
    process.run(["git", "init", "--quiet", "--template=", tree])
    wanted = [revision, *tags.values()] if history else [f"--shallow {revision}", revision]
    _copy_objects(bare, tree, wanted, pushed=pushed)
    if not history:
        (tree / ".git" / "shallow").write_text(f"{revision}\n")
    git = ["git", "-C", str(tree)]
    process.run([*git, "symbolic-ref", "HEAD", f"refs/heads/{branch}"])
    refs = {f"refs/heads/{branch}": revision} | tags
    commands = "".join(f"create {ref} {name}\n" for ref, name in refs.items())
    process.run([*git, "update-ref", "--stdin"], input=commands.encode())
    process.run([*git, "reset", "--quiet"])


def add_submodules(tree: Path, origin: str = "") -> None:
    """Check out what a tree names as its submodules, and theirs.

    Args:
        origin: Where the repository came from, for submodules whose URL is relative to it.

    Raises:
        PaasError: One can't be fetched.
    """
    output.step("Fetching submodules")
    if origin:
        process.run(["git", "-C", tree, "config", "remote.origin.url", origin])
    try:
        process.run(["git", "-C", tree, "submodule", "--quiet", "update", "--init", "--recursive"], env=TRANSPORTS)
    except ProgramFailed as error:
        raise PaasError(
            f"A submodule can't be fetched: {' / '.join(error.output.strip().splitlines()[-3:])}",
            hint="Its URL must be one that this server can read by https, ssh or git; see git:auth and git:public-key.",
        ) from error


def strip(tree: Path) -> None:
    """Take the repositories out of a tree and its submodules; only the files stay."""
    for folder, folders, files in os.walk(tree):
        if ".git" in folders:
            folders.remove(".git")
            shutil.rmtree(Path(folder, ".git"))
        if ".git" in files:
            Path(folder, ".git").unlink()


def _copy_objects(bare: Path, tree: Path, wanted: list[str], *, pushed: bool) -> None:
    """Pack what is wanted in one repository and unpack it in another."""
    argv: process.Argv = ["git", "-C", bare, "pack-objects", "--quiet", "--revs", "--stdout"]
    with process.started(argv, git=pushed, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as packing:
        assert packing.stdin
        packing.stdin.write("".join(f"{line}\n" for line in wanted).encode())
        packing.stdin.close()
        process.run(["git", "-C", tree, "index-pack", "--stdin"], input=packing.stdout)
        if packing.wait():
            raise PaasError("git can't read the commit.")


def _tags(bare: Path, revision: str, *, pushed: bool) -> dict[str, str]:
    """The tags in a commit's history, each with its object."""
    form = "--format=%(refname) %(objectname)"
    listed = process.text(["git", "-C", bare, "for-each-ref", f"--merged={revision}", form, "refs/tags"], git=pushed)
    return dict(line.split(" ") for line in listed.split("\n") if line)
