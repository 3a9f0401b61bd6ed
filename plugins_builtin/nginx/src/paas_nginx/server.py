"""Writes files and has nginx read them; decides nothing.

One file an app (`sites/ID.conf`, by the id that a rename doesn't change), and one that all share. The
file `live` names what nginx has taken, so that a change is not forgotten when its command is killed in between.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from paas import App, PaasError, locks, privileged, state
from paas.context import current
from paas.errors import ProgramFailed
from paas.state import GLOBAL

from .refusal import Refused, culprit
from .settings import NOUN

Files = Mapping[Path, str | None]
Shared = Callable[[Mapping[Path, str]], str]


def folder() -> Path:
    return current().paths.plugin(NOUN)


def file(app: App) -> Path:
    return folder() / "sites" / f"{app.id}.conf"


def aside(file: Path) -> Path:
    """Where a site is kept that nginx doesn't take."""
    return file.with_suffix(".broken")


def site(app: App) -> str | None:
    """The site of an app as nginx has it."""
    try:
        return file(app).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def put(changes: Files, shared: Shared, ready: Callable[[], None] = lambda: None) -> list[tuple[Path, str]]:
    """Have nginx serve other sites; nothing has changed if it refuses.

    Args:
        changes: The sites' files with their new texts; None removes one.
        shared: Makes the text that all sites share, from all of them.
        ready: Called before nginx reads the files; what it raises puts them back.

    Returns:
        The sites of others that nginx refused and that were set aside for that, each with what it said.

    Raises:
        Refused: nginx doesn't take the change.
    """
    broken: list[tuple[Path, str]] = []
    with locks.exclusive(NOUN):
        before = read_all()
        after = {path: text for path, text in {**before, **changes}.items() if text is not None}
        common = shared(after)
        if before == after and _text(_shared_file()) == common and _text(_live_file()) == _digest(after, common):
            return broken
        wanted = {**changes, _shared_file(): common}
        undo = {path: _text(path) for path in wanted}
        try:
            _write(wanted)
            ready()
            _take(changes, broken)
        except BaseException:
            _write(undo)
            for path, _ in broken:
                aside(path).replace(path)
            raise
        for path in changes:
            aside(path).unlink(missing_ok=True)
        for path, _ in broken:
            del after[path]
        _write({_live_file(): _digest(after, common)})
    return broken


def read_all() -> dict[Path, str]:
    """Every site's file with its text."""
    return {path: path.read_text(encoding="utf-8") for path in sorted((folder() / "sites").glob("*.conf"))}


def reload() -> None:
    """Have nginx take what the files say.

    Raises:
        Refused: It doesn't; it goes on with what it has.
    """
    _ask("nginx-test" if is_stopped() else "nginx-reload")


def test() -> None:
    """Have nginx check what the files say.

    Raises:
        Refused: It wouldn't take it.
    """
    _ask("nginx-test")


def start() -> None:
    state.change(NOUN, GLOBAL, {"stopped": None})
    _ask("nginx-start")


def stop() -> None:
    """Stop nginx, and leave it so: a deploy doesn't start it."""
    state.change(NOUN, GLOBAL, {"stopped": True})
    _ask("nginx-stop")


def is_stopped() -> bool:
    return bool(state.property(NOUN, GLOBAL, "stopped", False))


def set_aside(path: Path) -> None:
    path.replace(aside(path))


def _take(own: Files, broken: list[tuple[Path, str]]) -> None:
    """Reload, without the sites of others that nginx refuses, which are added to `broken`."""
    while True:
        try:
            return reload()
        except Refused as refused:
            guilty = culprit(refused.said, read_all())
            if guilty is None or guilty in own:
                raise
            set_aside(guilty)
            broken.append((guilty, refused.message))


def _ask(verb: str) -> None:
    try:
        privileged.run(verb)
    except ProgramFailed as error:
        raise Refused(error.output) from error


def _shared_file() -> Path:
    return folder() / "00-default.conf"


def _live_file() -> Path:
    return folder() / "live"


def _digest(sites: Mapping[Path, str], common: str) -> str:
    """A short name for all that nginx reads of ours."""
    texts = [common, *(sites[path] for path in sorted(sites))]
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def _write(files: Files) -> None:
    """Replace or remove files, each in one step; those that are right already stay."""
    for path, text in files.items():
        if text is None:
            path.unlink(missing_ok=True)
        elif _text(path) != text:
            _replace(path, text)


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(beside, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise PaasError(f"{path} can't be written: {error.strerror}.", hint="Make room on the disk.") from error
