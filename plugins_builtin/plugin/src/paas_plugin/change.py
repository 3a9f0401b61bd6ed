"""Install, update and uninstall plugins: put the wheels of the next generation together and have root make it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from paas import PaasError, locks, output, privileged, process, scratch, state
from paas.context import current
from paas.errors import ProgramFailed
from paas.state import GLOBAL

from . import source, wheels
from .wheels import CORE, Wheel

NOUN = "plugin"


@dataclass(frozen=True)
class Shelf:
    """The wheels on this server, each by the name of its distribution.

    Attributes:
        program: The folder of the generations.
        installed: Those of the current generation.
        shipped: Those that install.sh put there: every plugin of this project, and what they need.
    """

    program: Path
    installed: dict[str, Wheel]
    shipped: dict[str, Wheel]


def install(
    origin: str, committish: str | None = None, *, expected: str | None = None, prepare: bool = True
) -> list[str]:
    """Install a plugin.

    Args:
        origin: A name of ours, or where its source is.
        committish: What to check out, of a git repository.
        expected: The name that the plugin must have, if it matters.
        prepare: Have all plugins prepare the server afterwards.

    Returns:
        The names of the plugins that it brought.

    Raises:
        PaasError: It is there already, can't be built, or doesn't work; nothing has changed.
    """
    with _alone() as shelf, _fetched(shelf, origin, committish) as (new, found):
        if expected and expected not in new.plugins:
            raise PaasError(f"{origin} holds the plugin {', '.join(new.plugins)}, not {expected}.")
        if new.name in shelf.installed:
            raise PaasError(
                f"{new.name} {shelf.installed[new.name].version} is installed already.",
                hint=f"Bring it up to date with plugin:update {new.plugins[0]}, or uninstall it first.",
            )
        _replace(shelf, [*_plugins(shelf), new.name], found)
    _remember({name: _origin(origin, committish) for name in new.plugins})
    if prepare:
        _prepare()
    return list(new.plugins)


def update(name: str, committish: str | None = None) -> Wheel:
    """Install a plugin anew from where it came.

    Returns:
        What is installed now.

    Raises:
        PaasError: It came with paas itself, or as in `install`.
    """
    with _alone() as shelf:
        installed = _installed(shelf, name)
        kept = state.property(NOUN, GLOBAL, "origins", {}).get(name)
        if installed.origin == "builtin" or not kept:
            raise PaasError(f"{name} came with paas.", hint="Update paas: run install.sh of the version that you want.")
        with _fetched(shelf, kept["origin"], committish or kept["committish"]) as (new, found):
            if new.name != installed.name:
                raise PaasError(f"{kept['origin']} holds {new.name} now, not {installed.name}.")
            _replace(shelf, _plugins(shelf), found)
    _prepare()
    return new


def updatable() -> list[str]:
    """The plugins that didn't come with paas, by name."""
    return sorted(state.property(NOUN, GLOBAL, "origins", {}))


def uninstall(name: str) -> None:
    """Take a plugin and what only it needs off the server.

    Raises:
        PaasError: It is builtin, or another plugin needs it.
    """
    with _alone() as shelf:
        gone = _installed(shelf, name)
        if gone.origin == "builtin":
            raise PaasError(f"{name} is a builtin plugin.", hint=f"Leave it out with plugin:disable {name} --force")
        rest = [other for other in _plugins(shelf) if other != gone.name]
        needed = wheels.assemble([CORE, *rest], shelf.installed)
        if gone.name in needed:
            users = sorted(wheel.name for wheel in needed.values() if gone.name in wheel.needs)
            raise PaasError(f"{', '.join(users)} needs {name}.", hint="Uninstall that first.")
        _replace(shelf, rest, {})
    _remember(dict.fromkeys(gone.plugins))


@contextmanager
def _alone() -> Iterator[Shelf]:
    program = current().paths.program
    if not program:
        raise PaasError(
            "This paas isn't installed on a server, so it has no generations to change.",
            hint="In a virtual environment of your own, use pip.",
        )
    with locks.exclusive("plugins"):
        installed = wheels.folder(program / "current" / "wheels")
        yield Shelf(program, installed, wheels.folder(program / "wheels"))


@contextmanager
def _fetched(shelf: Shelf, origin: str, committish: str | None) -> Iterator[tuple[Wheel, dict[str, Wheel]]]:
    """A plugin's wheel, and all wheels that came with it."""
    if source.is_name(origin):
        source.require_none(committish)
        yield wheels.named(origin, shelf.shipped.values()), {}
        return
    with scratch.folder(NOUN) as folder:
        yield source.build(origin, committish, folder, shelf.program, shelf.installed, shelf.shipped)


def _replace(shelf: Shelf, plugins: Iterable[str], found: dict[str, Wheel]) -> None:
    """Have root make the generation of some plugins and all that they need."""
    chosen = wheels.assemble([CORE, *plugins], found, shelf.installed, shelf.shipped)
    if new := _verbs(chosen) - _verbs(shelf.installed):
        output.step(f"Root will carry out for it: {', '.join(sorted(new))}")
    with scratch.folder(NOUN) as folder:
        for wheel in chosen.values():
            shutil.copyfile(wheel.path, folder / wheel.path.name)
        try:
            privileged.run("plugin-install-generation", str(folder))
        except ProgramFailed as error:
            raise PaasError(error.output.strip() or error.message) from error


def _prepare() -> None:
    """Have the plugins prepare the server, with the code of the new generation.

    Raises:
        PaasError: One of them could not; the new generation is in use all the same.
    """
    done = process.run([current().paths.executable, "plugin:trigger", "install"], check=False)
    output.raw((done.stdout + done.stderr).decode(errors="replace"))
    if done.returncode:
        raise PaasError(
            "The plugin is installed, but not all plugins could prepare the server.",
            hint="Repair what is said above, then run paas plugin:trigger install",
        )


def _installed(shelf: Shelf, name: str) -> Wheel:
    found = wheels.owner(name, shelf.installed.values())
    if not found:
        raise PaasError(f"The plugin {name} is not installed.", hint="paas plugin:list shows those that are.")
    return found


def _verbs(of: Mapping[str, Wheel]) -> set[str]:
    """All that root carries out for some distributions."""
    return {verb for wheel in of.values() for verb in wheel.verbs}


def _plugins(shelf: Shelf) -> list[str]:
    return wheels.with_plugins(shelf.installed.values())


def _origin(origin: str, committish: str | None) -> dict[str, str | None]:
    return {"origin": origin, "committish": committish}


def _remember(origins: dict[str, dict[str, str | None] | None]) -> None:
    """Keep where plugins came from; None forgets one."""
    kept = state.property(NOUN, GLOBAL, "origins", {}) | origins
    state.change(NOUN, GLOBAL, {"origins": {name: origin for name, origin in kept.items() if origin} or None})
