"""The bare repository of an app: made, read and removed."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from paas import App, process
from paas.context import current

ATTRIBUTES = "* -export-ignore -export-subst\n"
"""So that an archive holds what a checkout would."""
_CONFIG = {
    "receive.autogc": "false",  # a push must not wait for it, nor leave it running
    "receive.denyDeletes": "false",
    "core.logAllRefUpdates": "true",
    "core.hooksPath": "hooks",
}


def path(app: App) -> Path:
    return current().paths.repository(app.name)


def ensure(app: App) -> Path:
    """Have an app's repository with its hook; changes nothing that is right."""
    folder = path(app)
    if not (folder / "HEAD").exists():
        process.run(["git", "init", "--quiet", "--bare", "--template=", "--initial-branch=master", folder])
        for key, value in _CONFIG.items():
            git(folder, "config", key, value)
    _write(folder / "info" / "attributes", ATTRIBUTES)
    _write(folder / "hooks" / "pre-receive", hook(), mode=0o755)
    return folder


def hook() -> str:
    """The pre-receive hook; it names no app, so that it holds after a rename."""
    return f"#!/bin/sh\nexec {shlex.quote(current().paths.executable)} git-hook .\n"


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


def rename(app: App, old_name: str) -> None:
    old = current().paths.repository(old_name)
    if old.exists():
        old.rename(path(app))


def copy(app: App, copy: App) -> None:
    if path(app).exists():
        shutil.rmtree(path(copy), ignore_errors=True)
        shutil.copytree(path(app), path(copy), symlinks=True)


def remove(app: App) -> None:
    if path(app).exists():
        shutil.rmtree(path(app))


@contextmanager
def scratch() -> Iterator[Path]:
    """An empty folder that is gone afterwards, whatever happens."""
    import tempfile

    parent = current().paths.scratch
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=parent, prefix="source-") as folder:
        yield Path(folder)


def _write(file: Path, text: str, mode: int = 0o644) -> None:
    if file.exists() and file.read_text() == text:
        return
    file.parent.mkdir(exist_ok=True)
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    beside.write_text(text)
    beside.chmod(mode)
    beside.replace(file)
