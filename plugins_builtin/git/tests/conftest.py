"""A developer whose git reaches paas as it does through ssh: by a program that is given a command line."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from paas import App, entrypoints, state
from paas.testing import Harness

SSH = """\
#!/bin/sh
while [ $# -gt 1 ]; do shift; done
export SSH_ORIGINAL_COMMAND="$1" FINGERPRINT=SHA256:test NAME=ann
exec {program}
"""
STUB = '''\
"""Every role of a deploy, done by writing down the tree."""

import os
import shutil
from pathlib import Path

from paas import Image, hookimpl


@hookimpl
def chosen_holder(app, role):
    return "stub"


@hookimpl
def build(app, source):
    if (reason := source.folder / "refuse").exists():
        raise RuntimeError(reason.read_text())
    shutil.rmtree(os.environ["TREE"], ignore_errors=True)
    shutil.copytree(source.folder, os.environ["TREE"], symlinks=True)
    return Image("sha256:" + source.revision, "stub")


@hookimpl
def discard_image(app, image):
    pass


@hookimpl
def deploy(app, release, slots):
    return []


@hookimpl
def retire(app, processes, after):
    pass


@hookimpl
def proxy_configure(app, release, endpoints):
    pass


@hookimpl
def proxy_clear_config(app):
    pass
'''
TALKER = """\
from paas import hookimpl, output


@hookimpl
def post_create(app):
    output.step(f"{app.name} was made")


@hookimpl
def git_pre_pull(app):
    output.step(f"{app.name} will be read")


@hookimpl
def git_post_pull(app):
    output.step(f"{app.name} was read")
"""
NEEDED = {"apps", "git", "stub"}


@dataclass(frozen=True)
class Developer:
    """Someone with a working copy.

    Attributes:
        copy: The working copy, on main.
        tree: What was built last.
    """

    copy: Path
    tree: Path
    environment: dict[str, str]

    def git(self, *words: str, check: bool = True, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["git", *words], cwd=cwd or self.copy, env=self.environment, capture_output=True, text=True
        )
        assert not check or done.returncode == 0, done.stderr
        return done

    def commit(self, **files: str) -> str:
        for name, text in files.items():
            (self.copy / name).parent.mkdir(parents=True, exist_ok=True)
            (self.copy / name).write_text(text)
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--allow-empty", "--message=change")
        return self.git("rev-parse", "HEAD").stdout.strip()

    def push(self, *refs: str, app: str = "shop") -> subprocess.CompletedProcess[str]:
        return self.git("push", f"paas@server:{app}", *(refs or ("main",)), check=False)

    def built(self) -> dict[str, str]:
        """What the last build saw, without what lies in .git."""
        files = (path for path in self.tree.rglob("*") if path.is_file() and ".git" not in path.parts)
        return {str(path.relative_to(self.tree)): path.read_text() for path in files}


@pytest.fixture
def ann(paas: Harness, tmp_path: Path) -> Developer:
    """A developer with a key, and an installed paas that deploys to nowhere."""
    install_stub(tmp_path / "site", "stub", STUB)
    _leave_only(paas, NEEDED)
    ssh = tmp_path / "ssh"
    ssh.write_text(SSH.format(program=Path(sys.prefix, "bin", "paas")))
    ssh.chmod(0o755)
    developer = Developer(
        tmp_path / "copy",
        tmp_path / "tree",
        {
            **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
            "GIT_SSH": str(ssh),
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_AUTHOR_NAME": "Ann",
            "GIT_AUTHOR_EMAIL": "ann@example.com",
            "GIT_COMMITTER_NAME": "Ann",
            "GIT_COMMITTER_EMAIL": "ann@example.com",
            "PAAS_ROOT": str(paas.paths.root),
            "PAAS_HOME": str(paas.paths.home),
            "PYTHONPATH": str(tmp_path / "site"),
            "TREE": str(tmp_path / "tree"),
        },
    )
    developer.git("init", "--quiet", "--initial-branch=main", str(developer.copy), cwd=tmp_path)
    return developer


@pytest.fixture
def talker(ann: Developer, tmp_path: Path) -> None:
    """A plugin that prints whenever a repository is made or read."""
    install_stub(tmp_path / "site", "talker", TALKER)


@pytest.fixture
def shop(paas: Harness) -> App:
    """An app whose hook a test calls itself."""
    paas.real.add("tar")
    app = paas.app("shop")
    (paas.paths.repository("shop") / "hooks" / "pre-receive").unlink()
    return app


def install_stub(site: Path, name: str, text: str) -> None:
    """Install a plugin of one module."""
    info = site / f"paas_{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "entry_points.txt").write_text(f"[paas.plugins]\n{name} = paas_{name}\n")
    (site / f"paas_{name}.py").write_text(text)


def _leave_only(paas: Harness, plugins: set[str]) -> None:
    installed = {entry.name for entry in entrypoints.declared(entrypoints.PLUGINS)[entrypoints.PLUGINS]}
    with paas.inside():
        state.change("plugin", state.GLOBAL, {"disabled": sorted(installed - plugins)})
