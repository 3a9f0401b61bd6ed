"""What a command costs before it does anything: a light command imports nothing dear."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

DEAR = ["docker", "requests", "jinja2", "asyncio", "importlib.metadata", "rich", "pydantic", "click", "email.message",
        "cryptography", "pkg_resources", "pytest", "multiprocessing", "http.server"]  # fmt: skip

LIGHT = [
    "apps:list",
    "apps:report shop",
    "config:show shop",
    "config:get shop NONE",
    "domains:report shop",
    "git:report shop",
    "ports:list shop",
    "ps:scale shop",
    "plugin:list",
    "apps:help",
    "help",
    "version",
    "nonsense",
]

RUN = """
import json, sys
from paas.cli import start
code = start(sys.argv[1:])
print(json.dumps({"code": code, "modules": sorted(sys.modules)}), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data root with one app, made by the commands themselves."""
    root = tmp_path_factory.mktemp("root")
    (root / "home").mkdir()
    assert run(root, "apps:create", "shop")["code"] == 0
    return root


@pytest.mark.parametrize("line", LIGHT)
def test_a_light_command_imports_nothing_dear(root: Path, line: str) -> None:
    assert [name for name in run(root, *line.split())["modules"] if name in DEAR] == []


def test_a_command_imports_only_the_plugin_that_owns_it(root: Path) -> None:
    imported = {name.partition(".")[0] for name in run(root, "apps:list")["modules"]}

    assert {name for name in imported if name.startswith("paas_")} == {"paas_apps"}


def run(root: Path, *words: str) -> dict[str, object]:
    """A command in a fresh interpreter: its exit code and the modules that it imported."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, *words],
        capture_output=True,
        env={"PATH": os.environ["PATH"], "PAAS_ROOT": str(root), "PAAS_HOME": str(root / "home")},
        check=True,
    )
    found: dict[str, object] = json.loads(done.stderr.splitlines()[-1])
    return found
