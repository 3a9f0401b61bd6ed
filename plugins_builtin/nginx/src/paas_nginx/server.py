"""Writes files and has nginx read them; decides nothing.

One file an app (`sites/ID.conf`, by the id that a rename doesn't change), and two that all share. The
file `live` names what nginx has taken, so that a change is not forgotten when its command is killed in between.
A site that nginx doesn't take any more is set aside, as `sites/ID.broken`, and tried again by each tick.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from paas import App, PaasError, files, locks, output, privileged, process, state
from paas.context import current
from paas.errors import ProgramFailed
from paas.state import GLOBAL

from .refusal import Refused, essence
from .root import WHEN_TOLD

NOUN = "nginx"

Files = Mapping[Path, str | None]
Shared = Callable[[Mapping[Path, str]], Mapping[str, str]]
"""From all sites the names and texts of the files that they share."""


def folder() -> Path:
    return current().paths.plugin(NOUN)


def file(app: App) -> Path:
    return folder() / "sites" / f"{app.id}.conf"


def aside(file: Path) -> Path:
    """Where a site is kept that nginx doesn't take."""
    return file.with_suffix(".broken")


def site(app: App) -> str | None:
    """The site of an app as nginx has it."""
    return _text(file(app))


def has_taken_all(shared: Shared) -> bool:
    """Whether nginx serves what the files say, as far as it was ever told to."""
    with locks.exclusive(NOUN):
        sites = read_all()
        return _is_live(sites, sites, {folder() / name: text for name, text in shared(sites).items()})


def set_aside() -> list[Path]:
    """The sites that nginx doesn't take, by the names that they had."""
    return sorted(path.with_suffix(".conf") for path in (folder() / "sites").glob("*.broken"))


def put(changes: Files, shared: Shared, ready: Callable[[], None] = lambda: None) -> dict[Path, str]:
    """Have nginx serve other sites; nothing has changed if it refuses.

    Args:
        changes: The sites' files with their new texts; None removes one.
        shared: Makes the files that all sites share.
        ready: Called before nginx reads the files; what it raises puts them back.

    Returns:
        The sites of others that nginx refused and that were set aside for that, each with what it said.

    Raises:
        Refused: nginx doesn't take the change.
    """
    with locks.exclusive(NOUN):
        before = read_all()
        after = {path: text for path, text in {**before, **changes}.items() if text is not None}
        common = {folder() / name: text for name, text in shared(after).items()}
        if _is_live(before, after, common):
            return {}
        wanted = {**changes, **common}
        undo, asides = {path: _text(path) for path in wanted}, set_aside()
        try:
            _write(wanted)
            ready()
            broken = reload([path.name for path in changes])
        except BaseException:
            _write(undo)
            for path in set(set_aside()) - set(asides):
                aside(path).replace(path)
            raise
        for path in changes:
            for other in (aside(path), path.with_suffix(".trial")):
                other.unlink(missing_ok=True)
        with suppress(PaasError):  # on a full disk: the change is served already, and the next one reloads anyway
            if broken:
                _settle(shared)
            else:
                _write({_live_file(): _digest(after, common)})
    return broken


def settle(shared: Shared) -> None:
    """Have the shared files follow after sites were set aside or came back by other ways."""
    with locks.exclusive(NOUN):
        _settle(shared)


def read_all() -> dict[Path, str]:
    """Every site's file with its text."""
    return {path: path.read_text(encoding="utf-8") for path in sorted((folder() / "sites").glob("*.conf"))}


def get_ready(app: App) -> None:
    """Start what will reload nginx for an app's site, which takes as long as it does: meanwhile its processes start."""
    if not is_stopped():
        name = file(app).name
        _ready()[name] = process.held(privileged.command("nginx-reload", WHEN_TOLD, name))


def settle_for(app: App) -> None:
    """Wait until nginx has let go of what it served before an app's site changed."""
    if taking := _taking().pop(file(app).name, None):
        taking.end()


def _ready() -> dict[str, process.Held]:
    """What waits for its word to reload nginx, by the site that it is for."""
    return current().resource("nginx.ready", dict)


def _taking() -> dict[str, process.Held]:
    """What has reloaded nginx and waits until the workers of before have left, by the site that it was for."""
    return current().resource("nginx.taking", dict)


def reload(changed: Sequence[str] = ()) -> dict[Path, str]:
    """Have nginx take what the files say.

    Args:
        changed: The names of the sites' files that have changed: these may not be set aside.

    Returns:
        The sites that were set aside, each with what nginx said.

    Raises:
        Refused: It doesn't; it goes on with what it has.
    """
    if not is_stopped():
        return _ask("nginx-reload", *changed)
    if broken := _ask("nginx-test", *changed) if changed else test():
        raise Refused(next(iter(broken.values())))
    output.warn("nginx is stopped, so no app answers.", "nginx:start starts it.")
    return {}


def test(*names: str) -> dict[Path, str]:
    """The sites that nginx would refuse, each with what it says.

    Args:
        names: Of sites' files, to test each of them alone; without any, all are tested together.

    Raises:
        Refused: What it refuses is none of the sites.
    """
    return _ask("nginx-test", *names)


def prepare() -> dict[Path, str]:
    """Set the sites aside that nginx refuses.

    Returns:
        Those, each with what it says.
    """
    return _ask("nginx-prepare")


def start() -> dict[Path, str]:
    """Start nginx, without the sites that it refuses.

    Returns:
        Those, each with what it says.
    """
    state.change(NOUN, GLOBAL, {"stopped": None})
    return _ask("nginx-start")


def stop() -> None:
    """Stop nginx, and leave it so: a deploy doesn't start it."""
    state.change(NOUN, GLOBAL, {"stopped": True})
    _asked("nginx-stop")


def is_stopped() -> bool:
    return bool(state.property(NOUN, GLOBAL, "stopped", False))


def try_out(app: App, text: str) -> str | None:
    """What nginx would say against a site, None if it would take it; nothing changes."""
    path = file(app).with_suffix(".trial")
    with locks.exclusive(NOUN):
        try:
            _write({path: text})
            return test(path.name).get(path)
        finally:
            path.unlink(missing_ok=True)


def _ask(verb: str, *names: str) -> dict[Path, str]:
    """Have the root helper do what may set sites aside."""
    answers = [json.loads(line) for line in _asked(verb, *names).splitlines() if line.startswith("{")]
    said = answers[-1] if answers else {}
    return {folder() / "sites" / name: essence(reason) for name, reason in said.items()}


def _asked(verb: str, *words: str) -> str:
    try:
        if verb == "nginx-reload" and len(words) == 1 and (ready := _ready().pop(words[0], None)):
            _taking()[words[0]] = ready
            return ready.go()
        return privileged.run(verb, *words)
    except ProgramFailed as error:
        raise Refused(error.output) from error


def _settle(shared: Shared) -> None:
    """Note what nginx serves; names of sites that went aside meanwhile are refused."""
    sites = read_all()
    common = {folder() / name: text for name, text in shared(sites).items()}
    if any(_text(path) != text for path, text in common.items()):
        _write(common)
        reload()
    _write({_live_file(): _digest(sites, common)})


def _is_live(before: Mapping[Path, str], after: Mapping[Path, str], common: Mapping[Path, str]) -> bool:
    """Whether nginx has taken all of it already."""
    written = before == after and all(_text(path) == text for path, text in common.items())
    return written and _text(_live_file()) == _digest(after, common)


def _live_file() -> Path:
    return folder() / "live"


def _digest(sites: Mapping[Path, str], common: Mapping[Path, str]) -> str:
    """A short name for all that nginx reads of ours."""
    import hashlib

    texts = [text for files in (common, sites) for _, text in sorted(files.items())]
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
    try:
        files.replace(path, text)
    except OSError as error:
        raise PaasError(f"{path} can't be written: {error.strerror}.", hint="Make room on the disk.") from error
