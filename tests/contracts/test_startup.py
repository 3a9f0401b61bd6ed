"""What a command costs before it does anything: a light command imports nothing dear."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from contracts import members
from contracts.members import Member
from paas.entrypoints import COMMANDS

DEAR = ["docker", "requests", "jinja2", "asyncio", "importlib.metadata", "rich", "pydantic", "click", "email",
        "cryptography", "pkg_resources", "pytest", "multiprocessing", "http", "ssl", "urllib.request", "logging",
        "concurrent.futures", "xml", "unittest", "paas.testing"]  # fmt: skip

LIGHT = [
    "apps:list",
    "apps:report shop",
    "config:show shop",
    "config:get shop NONE",
    "domains:report shop",
    "git:report shop",
    "ports:list shop",
    "ps:report shop",
    "ps:scale shop",
    "plugin:list",
    "apps:help",
    "help",
    "version",
    "nonsense",
]

MOST_OF_OURS = {"apps:list": 20, "config:show shop": 18, "help": 43, "ps:report shop": 54}
"""How many modules of ours a command imports at the most, beside those that each plugin has for its hooks. Each costs
a start some 0.2 ms, and more with every dataclass in it. A command that needs one more for what it does may have it;
one that imports it on the way to something else takes it where it is used."""

DEAR_TO_ROOT = [*DEAR, "typer", "pluggy", "sqlite3", "typing", "paas.state", "paas.settings", "paas.output"]
"""The root helper starts on every push, and knows neither the store nor who called."""

IMPORT = """
import importlib, json, sys
for module in sys.argv[1:]:
    importlib.import_module(module)
print(json.dumps(sorted(sys.modules)))
"""

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


def test_what_a_command_imports_is_seen(root: Path) -> None:
    dear = "import asyncio, http.client\nimport paas.lifecycle\n"
    usual, more = run(root, "apps:list"), run(root, "apps:list", script=dear + RUN)

    assert {"asyncio", "http", "email"} <= {name for name in more["modules"] if name in DEAR}
    assert {"paas.lifecycle", "paas.deployment"} <= {*ours(more)} - {*ours(usual)}


@pytest.mark.parametrize(("line", "most"), MOST_OF_OURS.items())
def test_a_command_imports_no_more_of_ours_than_it_needs(root: Path, line: str, most: int) -> None:
    found = ours(run(root, *line.split()))

    assert len(found) <= most, found


def test_a_command_imports_only_the_plugin_that_owns_it(root: Path) -> None:
    imported = {name.partition(".")[0] for name in run(root, "apps:list")["modules"]}

    assert {name for name in imported if name.startswith("paas_")} == {"paas_apps"}


def test_help_imports_no_more_commands_with_each_plugin(root: Path) -> None:
    """Only those of plugins with words beside their own name, such as `url`: no metadata says what these are for."""
    imported = {
        name for name in run(root, "help")["modules"] if name.startswith("paas_") and name.endswith(".commands")
    }

    assert imported == {f"{m.package}.commands" for m in members.PLUGINS if m.entry_points(COMMANDS).keys() - {m.noun}}


@pytest.mark.parametrize("line", ["apps:list", "apps:report shop", "config:show shop", "git:report shop"])
def test_a_command_that_changes_nothing_starts_without_what_changes_apps(root: Path, line: str) -> None:
    assert {"paas.lifecycle", "paas.deployment", "paas.hooks"}.isdisjoint(run(root, *line.split())["modules"])


@pytest.mark.parametrize("line", ["git-upload-pack nothing", "git-receive-pack nothing/x", "git-hook .", "version"])
def test_what_programs_call_starts_without_typer(root: Path, line: str) -> None:
    assert {name.partition(".")[0] for name in run(root, *line.split())["modules"]}.isdisjoint({"typer", "shellingham"})


@pytest.mark.parametrize("member", [m for m in members.PLUGINS if m.entry_points("paas.root")], ids=str)
def test_what_root_carries_out_imports_as_little_as_it_can(member: Member) -> None:
    tree = members.parsed(member.source / "root.py")
    own = [f"{member.package}.root", *(f"{member.package}.{name}" for name in neighbours(tree))]

    done = subprocess.run(
        [sys.executable, "-c", IMPORT, "paas.roothelper", *own], capture_output=True, check=True, text=True
    )

    assert len(own) > 1
    assert [name for name in json.loads(done.stdout) if name in DEAR_TO_ROOT] == []


def neighbours(tree: ast.Module) -> list[str]:
    """The modules of its own package that a module imports, its functions too."""
    own = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level]
    return sorted({alias.name for node in own for alias in node.names})


def ours(done: dict[str, Any]) -> list[str]:
    """The modules of core and plugins that a command imported, but for those that every call of a hook imports."""
    of_hooks = {f"{m.package}{name}" for m in members.PLUGINS for name in ("", ".plugin", ".hookspecs")}
    return [name for name in done["modules"] if name.partition(".")[0] in members.BY_PACKAGE and name not in of_hooks]


def run(root: Path, *words: str, script: str = RUN) -> dict[str, Any]:
    """A command in a fresh interpreter: its exit code and the modules that it imported."""
    done = subprocess.run(
        [sys.executable, "-c", script, *words],
        capture_output=True,
        env={"PATH": os.environ["PATH"], "PAAS_ROOT": str(root), "PAAS_HOME": str(root / "home")},
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stderr.splitlines()[-1])
    return found
