"""Generations: whole virtual environments side by side, of which `current` is in use.

    /opt/paas/wheels/      what install.sh put on the server: our plugins and what they need
    /opt/paas/tools/       a virtual environment with pip
    /opt/paas/3/           a generation, from the system's Python
    /opt/paas/3/wheels/    what it was made of, and nothing else is in it
    /opt/paas/4/
    /opt/paas/current      a link to 4

A change of plugins is a new generation, never a change of one: a running deploy imports lazily. A
generation stays while a process uses it, and the one before the current stays anyway, to go back to.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from paas import PaasError

from . import environments
from .wheels import CORE, FILE_NAME, assemble, folder, named, with_plugins

READY = "ready"
"""A file in every generation that was built to its end."""


def install(program: Path, wheels: Sequence[Path], user: str) -> tuple[int, bool]:
    """Make a generation of some wheels, and the current one of it.

    Args:
        program: The folder of the generations.
        wheels: Those of core, of every plugin and of all that they need; anyone's files.
        user: The account that runs paas, and tries the new generation.

    Returns:
        The number of the generation with these wheels, and whether it is new. It isn't when the
        current one is made of the same wheels and undamaged.

    Raises:
        PaasError: A wheel is bad, or a plugin doesn't work; the current generation stays.
    """
    with _alone(program):
        # No number is used twice: a program of a killed build may still write under its own.
        number = max(_numbers(program), default=0) + 1
        _remove_unfinished(program)
        before = current(program)
        generation = program / str(number)
        try:
            _take(wheels, generation / "wheels")
            if before and _is(program / str(before), generation / "wheels", user):
                shutil.rmtree(generation)
                return before, False
            ours = sorted((generation / "wheels").iterdir())
            environments.build(generation, ours, pip=program / "tools" / "bin" / "python")
            _try(generation, program / str(before) if before else None, user)
            (generation / READY).touch()
            environments.run(["sync", "--file-system", generation])
        except BaseException:
            shutil.rmtree(generation, ignore_errors=True)
            raise
        _make_current(program, number)
        for old in removable(finished(program), number, in_use(program)):
            shutil.rmtree(program / str(old))
    return number, True


def current(program: Path) -> int | None:
    """The number of the generation in use, None before the first."""
    try:
        target = str((program / "current").readlink())
    except FileNotFoundError:
        return None
    return int(target) if target.isdigit() and (program / target / READY).exists() else None


def finished(program: Path) -> list[int]:
    """The numbers of the generations that were built to their end, the oldest first."""
    return sorted(number for number in _numbers(program) if (program / str(number) / READY).exists())


def removable(numbers: list[int], current: int, used: set[int]) -> list[int]:
    """The generations to remove: all but the current one, the one before it and those in use."""
    before = max((number for number in numbers if number < current), default=None)
    return [number for number in numbers if number not in {current, before} | used]


def in_use(program: Path) -> set[int]:
    """The generations that processes run from, stand in, or have files of loaded."""
    names = b"|".join(re.escape(os.fsencode(name)) for name in {program, program.resolve()})
    within = re.compile(rb"(?:" + names + rb")/(\d+)[/\0]")
    found: set[int] = set()
    for process in Path("/proc").glob("[0-9]*"):
        for trace in _traces(process):
            found.update(map(int, within.findall(trace + b"\0")))
    return found


def _take(wheels: Sequence[Path], target: Path) -> None:
    """Copy wheels from folders that may not be ours; a link there would name any file of the server.

    Raises:
        PaasError: One of them isn't a wheel, or core's isn't among them.
    """
    target.mkdir(parents=True)
    for wheel in wheels:
        if not FILE_NAME.fullmatch(wheel.name):
            raise PaasError(f"{wheel} is not named like a wheel.")
        try:
            descriptor = os.open(wheel, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise PaasError(f"{wheel} can't be read: {error.strerror}.") from error
        with open(descriptor, "rb") as given, open(target / wheel.name, "wb") as ours:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise PaasError(f"{wheel} is not a file.")
            shutil.copyfileobj(given, ours)
    if CORE not in folder(target):
        raise PaasError(f"There is no wheel of {CORE}.")


def _is(generation: Path, wheels: Path, user: str) -> bool:
    """Whether a generation is made of these wheels and nothing happened to it since."""
    same = _contents(generation / "wheels") == _contents(wheels)
    return same and not environments.damage(generation, user)


def _contents(wheels: Path) -> dict[str, bytes]:
    return {wheel.name: wheel.read_bytes() for wheel in wheels.glob("*.whl")}


def _try(generation: Path, before: Path | None, user: str) -> None:
    """Refuse a generation in which a plugin is broken that works in the current one.

    Raises:
        PaasError: Which one, and why.
    """
    broken = environments.broken(generation, user)
    if broken and before:
        known = environments.broken(before, user)
        broken = {name: reason for name, reason in broken.items() if name == CORE or name not in known}
    if broken:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in broken.items())
        stays = "What was installed stays in use." if before else "Nothing was installed."
        raise PaasError(f"It doesn't work together with the other plugins. {reasons}", hint=stays)


@contextmanager
def _alone(program: Path) -> Iterator[None]:
    descriptor = os.open(program / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    umask = os.umask(0o022)  # the user reads what root installs
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.umask(umask)
        os.close(descriptor)


def _remove_unfinished(program: Path) -> None:
    """Remove what a build left that was killed: we hold the lock, so none is going on."""
    for number in set(_numbers(program)) - set(finished(program)):
        shutil.rmtree(program / str(number))


def _numbers(program: Path) -> list[int]:
    return [int(name) for name in os.listdir(program) if name.isdigit()]


def _make_current(program: Path, number: int) -> None:
    link = program / "current.new"
    link.unlink(missing_ok=True)
    link.symlink_to(str(number))
    link.replace(program / "current")
    descriptor = os.open(program, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _traces(process: Path) -> Iterator[bytes]:
    """What tells which files a process uses; nothing of one that has ended."""
    for name in ("cmdline", "maps"):
        try:
            yield (process / name).read_bytes()
        except OSError:
            continue
    for name in ("exe", "cwd"):
        try:
            yield bytes((process / name).readlink())
        except OSError:
            continue


def after_an_update(program: Path, extra: Sequence[str]) -> list[Path]:
    """The wheels that install.sh wants: ours as they lie in the pool, and every other plugin as it is.

    Args:
        extra: Plugins of the pool to have besides the builtin ones and those in use.

    Raises:
        PaasError: The pool has no such plugin.
    """
    in_use = current(program) or max(finished(program), default=None)  # the newest, where the link is gone
    pool, kept = folder(program / "wheels"), folder(program / str(in_use) / "wheels") if in_use else {}
    builtin = [wheel.name for wheel in pool.values() if wheel.origin == "builtin"]
    asked = [named(plugin, pool.values()).name for plugin in extra]
    wanted = assemble([CORE, *builtin, *asked, *with_plugins(kept.values())], pool, kept)
    return [wheel.path for wheel in wanted.values()]


def main() -> None:
    """`python3 -m paas_plugin.generations FOLDER USER [PLUGIN…]`, for install.sh, which has none to ask yet."""
    program, user, *extra = sys.argv[1:]
    try:
        number, is_new = install(Path(program), after_an_update(Path(program), extra), user)
    except PaasError as error:
        sys.exit("\n".join(f" !     {line}" for line in (error.message, error.hint) if line))
    print(f"{'new' if is_new else 'same'} {number}")


if __name__ == "__main__":
    main()
