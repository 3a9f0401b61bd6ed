"""Go back to an older release."""

from __future__ import annotations

from collections.abc import Collection

from paas import App, PaasError, Release, UsageError, lifecycle, output

from . import comparing, history, images

ALWAYS = "config"
"""The part that every rollback brings back: a version and the variables that people made for it belong together."""
STAYS = ("formation", "config", "domains", "ports", "mounts")


def rollback(app: App, number: int | None, wanted: Collection[str]) -> None:
    """Release what an older release was, and say what is not as it was then.

    Args:
        number: Which; None for the one that was live before.
        wanted: The parts to bring back besides the variables that people have set.

    Raises:
        PaasError: It can't be gone back to, or doesn't start: everything is as it was.
    """
    target = history.before_live(app) if number is None else history.load(app, number)
    history.require_possible(app, target, images.present())
    require_kept(target, wanted)
    output.step(f"Rolling {app.name} back to release {target.number} ({target.revision[:12] or target.reference})")
    release = lifecycle.rollback(app, target, {ALWAYS, *wanted}, f"releases:rollback {target.number}")
    _say_what_stays(target, release)


def parts(words: str) -> list[str]:
    """`formation,domains` as a list.

    Raises:
        UsageError: A word is missing.
    """
    found = [word.strip() for word in words.split(",")] if words else []
    if not all(found):
        raise UsageError("--with takes names with a comma between them.", hint="Such as --with formation,domains")
    return found


def require_kept(target: Release, wanted: Collection[str]) -> None:
    """Refuse parts that a release hasn't kept.

    Raises:
        PaasError: Which one, and what there is.
    """
    if missing := [name for name in wanted if name not in target.parts]:
        kept = ", ".join(sorted(target.parts.keys() - {ALWAYS})) or "nothing"
        raise PaasError(f"Release {target.number} has kept no {missing[0]} to bring back.", hint=f"It has kept: {kept}")


def _say_what_stays(target: Release, release: Release) -> None:
    if different := list(comparing.changes(target, release, STAYS)):
        output.step(f"As it is now, and not as in release {target.number}:")
        for line in comparing.lines(different, values=False):
            output.detail(line)
