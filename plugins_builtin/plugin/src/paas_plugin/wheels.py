"""Wheels in a folder, and which of them a set of plugins needs."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Mapping
from configparser import ConfigParser
from configparser import Error as ConfigParserError
from dataclasses import dataclass
from pathlib import Path

from paas import PaasError
from paas.entrypoints import ORIGIN, PLUGINS, ROOT

FILE_NAME = re.compile(r"[A-Za-z0-9_.]+-[A-Za-z0-9_.!+]+(-\d\w*)?-[A-Za-z0-9_.]+-[A-Za-z0-9_.]+-[A-Za-z0-9_.]+\.whl")

CORE = "paas-core"


@dataclass(frozen=True)
class Wheel:
    """One distribution, ready to be installed.

    Attributes:
        name: As in `paas-ssh-keys`, whatever case and separators its author uses.
        needs: Distributions that it requires, by name.
        conditional: Those of them that only an extra, some Pythons or some systems need.
        plugins: The plugins that it brings, by the names of their entry points.
        verbs: What it has root carry out, as verbs of the root helper.
        origin: `builtin` or `contrib` for one of this project, else empty.
    """

    path: Path
    name: str
    version: str
    needs: tuple[str, ...] = ()
    conditional: frozenset[str] = frozenset()
    plugins: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    origin: str = ""


def folder(path: Path) -> dict[str, Wheel]:
    """The wheels of a folder by name of their distribution; none if there is no such folder.

    Raises:
        PaasError: One can't be read, or two are of one distribution.
    """
    found: dict[str, Wheel] = {}
    for file in sorted(path.glob("*.whl")):
        wheel = read(file)
        if other := found.get(wheel.name):
            raise PaasError(f"{other.path.name} and {file.name} are both {wheel.name}.", hint=f"Remove one from {path}")
        found[wheel.name] = wheel
    return found


def read(path: Path) -> Wheel:
    """What a wheel says about itself.

    Raises:
        PaasError: It isn't a wheel.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            info = next(n for n in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", n))
            headers = archive.read(info).decode().partition("\n\n")[0]
            declared = info.replace("METADATA", "entry_points.txt")
            groups = _entry_points(archive.read(declared).decode() if declared in archive.namelist() else "")
    except (OSError, StopIteration, UnicodeDecodeError, zipfile.BadZipFile, ConfigParserError) as error:
        raise PaasError(f"{path} is not a wheel that can be read: {str(error) or 'it has no metadata'}.") from error
    name, version, needs = _metadata(headers)
    return Wheel(
        path=path,
        name=name,
        version=version,
        needs=tuple(needs),
        conditional=frozenset(need for need, marked in needs.items() if marked),
        plugins=tuple(groups.get(PLUGINS, {})),
        verbs=tuple(groups.get(ROOT, {})),
        origin=next(iter(groups.get(ORIGIN, {}).values()), ""),
    )


def assemble(roots: Iterable[str], *sources: Mapping[str, Wheel]) -> dict[str, Wheel]:
    """Some distributions and all that they need, each from the first source that has it.

    A need under a condition is met where a source can meet it: one wheel too many does no harm, and
    whether one is missing shows when the new generation is tried.

    Raises:
        PaasError: No source has one of them.
    """
    chosen: dict[str, Wheel] = {}
    waiting = [(root, "paas") for root in roots]
    while waiting:
        name, for_whom = waiting.pop()
        if name in chosen:
            continue
        wheel = next((source[name] for source in sources if name in source), None)
        if wheel is None:
            raise PaasError(f"{for_whom} needs {name}, which is not at hand.")
        chosen[name] = wheel
        at_hand = (need for need in wheel.needs if need not in wheel.conditional or any(need in s for s in sources))
        waiting.extend((need, name) for need in at_hand)
    return chosen


def with_plugins(wheels: Iterable[Wheel]) -> list[str]:
    """The distributions that bring plugins, by name."""
    return [wheel.name for wheel in wheels if wheel.plugins]


def owner(plugin: str, wheels: Iterable[Wheel]) -> Wheel | None:
    """The wheel that brings a plugin, None if none does."""
    return next((wheel for wheel in wheels if plugin in wheel.plugins), None)


def named(plugin: str, wheels: Iterable[Wheel]) -> Wheel:
    """The wheel that brings a plugin.

    Raises:
        PaasError: None does; with those that could be meant.
    """
    wheels = list(wheels)
    if not (found := owner(plugin, wheels)):
        contrib = sorted(name for wheel in wheels if wheel.origin == "contrib" for name in wheel.plugins)
        raise PaasError(f"There is no plugin {plugin}.", hint=f"On the server are: {', '.join(contrib) or 'none'}.")
    return found


def normalized(name: str) -> str:
    """A distribution's name as every index writes it: `Paas_SSH.keys` is paas-ssh-keys."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _metadata(headers: str) -> tuple[str, str, dict[str, bool]]:
    """Name, version, and each need with whether it holds only under a condition."""
    name, version, needs = "", "", dict[str, bool]()
    for line in headers.splitlines():
        key, _, value = line.partition(":")
        if key == "Name":
            name = normalized(value.strip())
        elif key == "Version":
            version = value.strip()
        elif key == "Requires-Dist":
            requirement, _, marker = value.partition(";")
            need = normalized(re.split(r"[\s<>=!~\[(@]", requirement.strip(), maxsplit=1)[0])
            needs[need] = bool(marker) and needs.get(need, True)
    return name, version, needs


def _entry_points(text: str) -> dict[str, dict[str, str]]:
    parser = ConfigParser(delimiters=("=",), interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    return {group: dict(parser[group]) for group in parser.sections()}
