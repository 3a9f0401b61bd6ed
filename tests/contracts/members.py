"""The members of the workspace, as their folders, metadata and syntax trees show them."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Member:
    """A folder with a distribution of its own.

    Attributes:
        origin: `core`, `builtin` or `contrib`.
    """

    folder: Path
    origin: str

    @property
    def noun(self) -> str:
        return self.folder.name

    @property
    def package(self) -> str:
        return "paas" if self.origin == "core" else f"paas_{self.noun.replace('-', '_')}"

    @property
    def distribution(self) -> str:
        return f"paas-{self.noun}"

    @property
    def source(self) -> Path:
        return self.folder / "src" / self.package

    @cached_property
    def settings(self) -> dict[str, Any]:
        """pyproject.toml."""
        return tomllib.loads((self.folder / "pyproject.toml").read_text())

    @property
    def readme(self) -> str:
        return (self.folder / "README.md").read_text()

    @property
    def needs(self) -> set[str]:
        """The names of the distributions that it depends on."""
        return {
            d.split("[")[0].split(">")[0].split("~")[0].split("=")[0] for d in self.settings["project"]["dependencies"]
        }

    def entry_points(self, group: str) -> dict[str, str]:
        return dict(self.settings["project"].get("entry-points", {}).get(group, {}))

    def modules(self) -> list[Path]:
        return sorted(self.source.rglob("*.py"))

    def tree(self, path: Path) -> ast.Module:
        return parsed(path)

    def name_of(self, path: Path) -> str:
        """A module's dotted name."""
        parts = path.relative_to(self.folder / "src").with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def load(self, module: str) -> ModuleType:
        return import_module(f"{self.package}.{module}")

    def __str__(self) -> str:
        return self.noun


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def _found() -> Iterator[Member]:
    yield Member(ROOT / "core", "core")
    for origin in ("builtin", "contrib"):
        for file in sorted((ROOT / f"plugins_{origin}").glob("*/pyproject.toml")):
            yield Member(file.parent, origin)


ALL = tuple(_found())
CORE, *PLUGINS = ALL
BY_PACKAGE = {member.package: member for member in ALL}


def imports(tree: ast.Module, *, deep: bool = True) -> Iterator[tuple[str, int]]:
    """The modules that a module imports, as dotted names, each with its line.

    `from a import b` gives `a` and `a.b`, as b may be a module. Relative imports are left out.

    Args:
        deep: Those within functions too. Else only what happens when the module is imported; blocks for type
            checkers don't count.
    """
    for node in ast.walk(tree) if deep else at_import(tree.body):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module, node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def at_import(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run when a module is imported; blocks for type checkers don't count."""
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        for field in ("body", "orelse", "finalbody", "handlers"):
            yield from at_import(getattr(node, field, []))


def is_for_tests(path: Path) -> bool:
    """Whether a module is a member's `testing`, which only tests import."""
    return path.stem == "testing" or path.parent.name == "testing"


def where(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"
