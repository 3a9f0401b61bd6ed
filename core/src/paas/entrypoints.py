"""What the installed distributions declare, read straight from their metadata.

`importlib.metadata` would parse every distribution's metadata in full, which costs a command more than
everything else that it does together.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from itertools import takewhile

TYPE_CHECKING = False  # the root helper reads entry points, and typing would cost its start more than all of them
if TYPE_CHECKING:
    from typing import Any

COMMANDS, PLUMBING = "paas.commands", "paas.plumbing"
PLUGINS, HOOKSPECS, ROOT = "paas.plugins", "paas.hookspecs", "paas.root"
ORIGIN = "paas.origin"  # whether a plugin of this project is `builtin` or `contrib`
NOUN = "plugin"  # owner of our own properties


@dataclass(frozen=True)
class EntryPoint:
    """One declaration, as `name = package.module:attribute` in a distribution's pyproject.toml.

    Attributes:
        info: The folder of the distribution's metadata.
    """

    name: str
    target: str
    distribution: str
    version: str
    info: str = ""

    @property
    def package(self) -> str:
        return self.target.partition(":")[0].partition(".")[0]

    def load(self) -> Any:
        """Import what it names.

        Raises:
            ImportError: Its module can't be imported, or has no such attribute.
        """
        module, _, attribute = self.target.partition(":")
        found = import_module(module)
        try:
            return getattr(found, attribute) if attribute else found
        except AttributeError as error:
            raise ImportError(f"{module} has no {attribute}") from error

    def summary(self) -> str:
        """What its distribution says of itself in a line; empty if it says nothing."""
        try:
            with open(f"{self.info}/METADATA", encoding="utf-8") as file:
                headers = list(takewhile(str.strip, file))
        except (OSError, UnicodeDecodeError):
            return ""
        return next((line.partition(":")[2].strip() for line in headers if line.startswith("Summary:")), "")


def declared(*groups: str) -> dict[str, list[EntryPoint]]:
    """The entry points of some groups, each group sorted by name, then distribution."""
    found: dict[str, list[EntryPoint]] = {group: [] for group in groups}
    for distribution, version, info, lines in _installed():
        for group, key, target in lines:
            if group in found:
                found[group].append(EntryPoint(key, target, distribution.replace("_", "-"), version, info))
    for entries in found.values():
        entries.sort(key=lambda e: (e.name, e.distribution))
    return found


def disabled() -> frozenset[str]:
    """The plugins that someone has disabled, as names; here, so that a command need not load the plugin manager."""
    from . import state

    return frozenset(state.property(NOUN, state.GLOBAL, "disabled", ()))


def _installed() -> Iterator[tuple[str, str, str, list[tuple[str, str, str]]]]:
    seen = set()
    for folder in sys.path:
        for info, lines in _held(folder):
            name, _, version = info.removesuffix(".dist-info").partition("-")
            if name not in seen:  # the first on the path wins, as for imports
                seen.add(name)
                yield name, version, f"{folder or '.'}/{info}", lines


def _held(folder: str) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """The distributions in a folder of the path, each with its entry points."""
    try:
        names = [e.name for e in os.scandir(folder or ".") if e.name.endswith(".dist-info")]
    except OSError:
        return []
    return [(name, list(_lines(f"{folder}/{name}/entry_points.txt"))) for name in names]


def _lines(path: str) -> Iterator[tuple[str, str, str]]:
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except OSError:
        return
    if "paas." not in text:
        return
    section = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            section = line[1:-1]
        elif "=" in line and not line.startswith("#"):
            name, _, target = line.partition("=")
            yield section, name.strip(), target.strip()
