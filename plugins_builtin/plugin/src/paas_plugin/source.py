"""Build a plugin that isn't ours, as the unprivileged account, with what it needs beyond what is installed."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from paas import PaasError, UsageError, output, process
from paas.context import current
from paas.errors import ProgramFailed

from . import wheels
from .wheels import Wheel

NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


def is_name(origin: str) -> bool:
    """Whether this is the name of a plugin of ours, rather than a place where one is."""
    return bool(NAME.fullmatch(origin))


def build(
    origin: str,
    committish: str | None,
    folder: Path,
    program: Path,
    installed: Mapping[str, Wheel],
    shipped: Mapping[str, Wheel],
) -> tuple[Wheel, dict[str, Wheel]]:
    """Build a plugin, and get what else it needs from an index.

    Args:
        folder: An empty one of ours.
        installed: What it must get along with.
        shipped: What no index is asked for.

    Returns:
        The plugin's wheel, and every wheel that was built or downloaded.

    Raises:
        PaasError: It can't be built, isn't a plugin, or contradicts what is installed.
    """
    alone, everything = folder / "alone", folder / "everything"
    place = located(origin, committish)
    output.step(f"Building {origin}")
    _pip(program, "wheel", "--no-deps", "--wheel-dir", str(alone), place)
    built = [wheel for wheel in wheels.folder(alone).values() if wheel.plugins]
    if not built:
        raise PaasError(
            f"{origin} is no plugin: it declares no entry point paas.plugins.",
            hint="A pyproject.toml declares it; docs/plugins.md has a whole one.",
        )
    new = built[0]
    if new.name in shipped:
        raise PaasError(f"{new.name} is a name of ours.", hint=f"Install ours with plugin:install {new.plugins[0]}")
    known = {name: wheel for name, wheel in {**shipped, **installed}.items() if name != new.name}
    constraints = folder / "constraints.txt"
    constraints.write_text(constrained(known), encoding="utf-8")
    _pip(program, "wheel", "--wheel-dir", str(everything), "--constraint", str(constraints), str(new.path))
    found = {name: wheel for name, wheel in wheels.folder(everything).items() if name not in known}
    return found[new.name], found


def require_none(committish: str | None) -> None:
    """Refuse a committish where there is no git repository to check it out of."""
    if committish:
        raise UsageError("--committish is for the address of a git repository, which ends with .git.")


def located(origin: str, committish: str | None) -> str:
    """Where pip finds a source.

    Raises:
        PaasError: It is a path where nothing is that we may read.
        UsageError: `committish` without a git repository.
    """
    if re.match(r"(https|http|ssh|git|file)://.+\.git/?$|git@", origin):
        address = origin if "://" in origin else "ssh://" + origin.replace(":", "/", 1)
        return f"git+{address}" + (f"@{committish}" if committish else "")
    require_none(committish)
    if origin.startswith(("https://", "http://")):
        return origin
    path = Path(origin).absolute()
    # Asked in this order: is_dir raises for what lies in a folder that is closed to us, such as root's home.
    if not os.access(path, os.R_OK) or (path.is_dir() and not os.access(path, os.X_OK)):
        raise PaasError(
            f"{path} isn't there, or can't be read by the account {current().paths.user}.",
            hint="Copy it to a place that everyone can read, such as a folder in /tmp.",
        )
    return str(path)


def constrained(known: Mapping[str, Wheel]) -> str:
    """What tells pip to take these wheels as they are, and to ask no index for their names."""
    return "".join(f"{wheel.name} @ {wheel.path.resolve().as_uri()}\n" for wheel in known.values())


def _pip(program: Path, verb: str, *words: str) -> None:
    pip = [str(program / "tools" / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    try:
        process.run([*pip, verb, "--find-links", str(program / "wheels"), *words])
    except ProgramFailed as error:
        for line in error.output.splitlines():
            output.detail(line)
        raise PaasError("It can't be built, or doesn't fit what is installed; pip says why above.") from error
