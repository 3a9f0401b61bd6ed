"""The bare repository of an app: made, read and removed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from paas import App, PaasError, files, process
from paas.context import current

from . import handover

ATTRIBUTES = "* -export-ignore -export-subst\n"
"""So that an archive holds what a checkout would."""
CONFIG = """\
[receive]
\tautogc = false
\tfsckObjects = true
[receive "fsck"]
\tzeroPaddedFilemode = ignore
\tbadTimezone = ignore
\tmissingSpaceBeforeDate = ignore
[fetch]
\tfsckObjects = true
[fetch "fsck"]
\tzeroPaddedFilemode = ignore
\tbadTimezone = ignore
\tmissingSpaceBeforeDate = ignore
[transfer]
\thideRefs = refs/paas
[core]
\thooksPath = hooks
\tlogAllRefUpdates = true
"""
"""Trees that could lead outside when they are unpacked are refused, blemishes of old histories are not; a push
neither waits for a garbage collection nor leaves one running; our own refs are nobody's business."""


def path(app: App) -> Path:
    return current().paths.repository(app.name)


def ensure(app: App) -> Path:
    """Have an app's repository with its hook; changes nothing that is right."""
    folder = path(app)
    if not folder.exists():
        _make(folder)
    _write(folder / "info" / "attributes", ATTRIBUTES)
    _write(folder / "hooks" / "pre-receive", hook(), mode=0o755)
    return folder


def wrong(app: App) -> str:
    """What is wrong with an app's repository, nothing if `ensure` would change nothing."""
    folder = path(app)
    if not (folder / "HEAD").is_file():
        return f"{folder} is no repository"
    file = folder / "hooks" / "pre-receive"
    if not os.access(file, os.X_OK) or file.read_text() != hook():
        return f"{file} is missing or changed"
    return ""


def existing(app: App) -> Path:
    """An app's repository.

    Raises:
        PaasError: It has none.
    """
    if not path(app).exists():
        raise PaasError(f"{app.name} has no repository.", hint=f"Make one with git:initialize {app.name}")
    return path(app)


def hook() -> str:
    """The pre-receive hook."""
    return handover.hook(current().paths.executable)


def git(folder: Path, *words: str | Path) -> str:
    """What git prints in a repository, without the environment of a hook that we may run in."""
    return process.text(["git", "-C", folder, *words])


def has_commit(app: App, revision: str) -> bool:
    folder = path(app)
    asked: process.Argv = ["git", "-C", folder, "cat-file", "-e", f"{revision}^{{commit}}"]
    return folder.exists() and process.run(asked, check=False).returncode == 0


def head(app: App, branch: str) -> str | None:
    """The commit of a branch, None if there is no such branch."""
    asked: process.Argv = ["git", "-C", path(app), "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}"]
    return process.run(asked, check=False).stdout.decode().strip() or None


def show(folder: Path, branch: str) -> None:
    """Have a clone check out a branch, without a process if it does already."""
    wanted = f"ref: refs/heads/{branch}\n"
    if (folder / "HEAD").read_text() != wanted:
        git(folder, "symbolic-ref", "HEAD", f"refs/heads/{branch}")


def updated_at(folder: Path, branch: str) -> float | None:
    """When a branch last moved, in seconds since the epoch; None if there is no such branch or repository."""
    try:
        return (folder / "logs" / "refs" / "heads" / branch).stat().st_mtime
    except OSError:
        return None


def rename(app: App, old_name: str) -> None:
    old = current().paths.repository(old_name)
    if old.exists():
        old.rename(path(app))


def copy(app: App, copy: App) -> None:
    """Give an app all that another's repository holds, but for what a push is bringing there just now."""
    if path(app).exists():
        remove(copy)
        coming = shutil.ignore_patterns("incoming-*", "tmp_*", "*.lock")
        shutil.copytree(path(app), path(copy), symlinks=True, ignore=coming)


def remove(app: App) -> None:
    if path(app).exists():
        shutil.rmtree(path(app))


def _make(folder: Path) -> None:
    """Make a bare repository beside its place and move it there, so that it is there as a whole or not at all."""
    beside = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        process.run(["git", "init", "--quiet", "--bare", "--template=", "--initial-branch=master", beside])
        with open(beside / "config", "a") as file:
            file.write(CONFIG)
        beside.rename(folder)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def _write(file: Path, text: str, mode: int = 0o644) -> None:
    if file.exists() and file.read_text() == text and os.access(file, os.X_OK) >= bool(mode & 0o100):
        return
    file.parent.mkdir(exist_ok=True)
    files.replace(file, text, mode)  # an empty hook, as a crash of the server could leave it, would accept any push
