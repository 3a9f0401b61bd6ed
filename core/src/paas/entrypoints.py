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
from typing import Any

COMMANDS, PLUGINS, HOOKSPECS = "paas.commands", "paas.plugins", "paas.hookspecs"
NOUN = "plugin"  # owner of our own properties


@dataclass(frozen=True)
class EntryPoint:
    """One declaration, as `name = package.module:attribute` in a distribution's pyproject.toml."""

    name: str
    target: str
    distribution: str
    version: str

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


def declared(*groups: str) -> dict[str, list[EntryPoint]]:
    """The entry points of some groups, each group sorted by name, then distribution."""
    found: dict[str, list[EntryPoint]] = {group: [] for group in groups}
    for folder in _installed():
        name, _, version = os.path.basename(folder).removesuffix(".dist-info").partition("-")
        for group, key, target in _lines(f"{folder}/entry_points.txt"):
            if group in found:
                found[group].append(EntryPoint(key, target, name.replace("_", "-"), version))
    for entries in found.values():
        entries.sort(key=lambda e: (e.name, e.distribution))
    return found


def disabled() -> frozenset[str]:
    """The plugins that someone has disabled, as names; here, so that a command need not load the plugin manager."""
    from . import state

    return frozenset(state.property(NOUN, state.GLOBAL, "disabled", ()))


def _installed() -> Iterator[str]:
    seen = set()
    for folder in sys.path:
        try:
            names = [e.name for e in os.scandir(folder or ".") if e.name.endswith(".dist-info")]
        except OSError:
            continue
        for name in names:
            if (distribution := name.partition("-")[0]) not in seen:  # the first on the path wins, as for imports
                seen.add(distribution)
                yield f"{folder}/{name}"


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
