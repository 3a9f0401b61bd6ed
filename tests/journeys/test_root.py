"""What the account of paas can have root do."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from testbed.client import Answer
from testbed.system import System

PROJECT = """\
[build-system]
requires = ["flit_core>=3.11"]
build-backend = "flit_core.buildapi"

[project]
name = "paas-bell"
version = "{version}"
description = "A plugin that needs root."

[project.entry-points."paas.plugins"]
bell = "paas_bell"

[project.entry-points."paas.root"]
{verb} = "paas_bell:ring"

[tool.flit.module]
name = "paas_bell"
"""
MODULE = """\
import os
from pathlib import Path

def ring(paths, name):
    print(os.geteuid(), paths.root, name)
"""


def helper(system: System) -> Path:
    return system.folder / "opt" / "current" / "bin" / "paas-root-helper"


def as_root(system: System, *words: str, options: tuple[str, ...] = ()) -> Answer:
    """Ask the root helper as the account does."""
    argv = ["runuser", "-u", system.user, "--", "sudo", "-n", *options, helper(system), *words]
    done = subprocess.run(argv, capture_output=True, text=True, cwd="/", timeout=60)
    return Answer(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def bell(system: System) -> Iterator[Callable[[str, str], Path]]:
    """Writes the source of a plugin with one verb, of a version and a name; it is uninstalled afterwards."""
    folder = system.folder / "bell"

    def write(version: str, verb: str) -> Path:
        folder.mkdir(exist_ok=True)
        (folder / "pyproject.toml").write_text(PROJECT.format(version=version, verb=verb))
        (folder / "paas_bell.py").write_text(MODULE)
        return folder

    yield write
    system.paas("plugin:uninstall", "bell")


def test_a_verb_of_a_plugin_is_carried_out_as_root(system: System) -> None:
    answer = as_root(system, "nginx-test")

    assert answer.code == 0, answer.all
    assert answer.out == "{}\n"  # no site that nginx refuses


def test_nothing_else_is_carried_out_as_root(system: System) -> None:
    assert as_root(system, "sh").code == 2
    assert as_root(system, "remove", "/etc/hostname").code == 1
    assert Path("/etc/hostname").exists()
    assert "PYTHONPATH" in as_root(system, "nginx-test", options=("PYTHONPATH=/tmp",)).err  # sudo doesn't pass it on


@pytest.mark.parametrize("variable", ["PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE"])
def test_root_finds_no_verb_outside_of_its_generation(system: System, tmp_path: Path, variable: str) -> None:
    info, marker = tmp_path / "paas_evil-1.dist-info", tmp_path / "marker"
    info.mkdir()
    (info / "entry_points.txt").write_text("[paas.plugins]\nevil = evil\n[paas.root]\nevil-run = evil:run\n")
    (tmp_path / "evil.py").write_text(f"open({str(marker)!r}, 'w')\ndef run(paths):\n    pass\n")

    done = subprocess.run(
        [helper(system), "evil-run"],
        env={**os.environ, variable: str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )

    assert (done.returncode, marker.exists()) == (2, False)
    assert "'evil-run' is none of chown, " in done.stderr


def test_a_plugin_from_elsewhere_brings_a_verb_which_is_said_and_goes_with_it(
    system: System, bell: Callable[[str, str], Path]
) -> None:
    printed = system.ok("plugin:install", str(bell("1.0", "bell-ring")))

    assert "Root will carry out for it: bell-ring" in printed
    assert as_root(system, "bell-ring", "shop").out == f"0 {system.root} shop\n"
    system.ok("plugin:uninstall", "bell")
    assert as_root(system, "bell-ring", "shop").code == 2


def test_a_plugin_with_a_verb_of_another_is_not_installed(system: System, bell: Callable[[str, str], Path]) -> None:
    answer = system.paas("plugin:install", str(bell("1.0", "nginx-test")))

    assert answer.code == 1
    assert "paas-bell and paas-nginx both bring nginx-test" in answer.err
    assert "bell" not in system.ok("plugin:list")
    assert as_root(system, "nginx-test").code == 0
