"""For which types of process checks are off, and in which way."""

from __future__ import annotations

from collections.abc import Sequence

from paas import App, UsageError, state
from paas.releases import PROCESS_TYPE
from paas_scheduler.api.checks import Policy

NOUN = "checks"
DISABLED, SKIPPED = "disabled", "skipped"
EVERY = "_all_"
"""Stands for all types, as in Dokku."""


def of(app: App, type: str) -> Policy | None:
    """How the processes of a type are replaced; None where nobody has said."""
    for key, policy in ((DISABLED, Policy.stop_first), (SKIPPED, Policy.unchecked)):
        if {type, EVERY} & set(listed(app, key)):
            return policy
    return None


def listed(app: App, key: str) -> list[str]:
    """The types for which checks are disabled, or skipped."""
    found: list[str] = state.property(NOUN, app.owner, key, [])
    return found


def put(app: App, key: str, types: Sequence[str]) -> None:
    """Disable or skip the checks of some types, which are in the other list no longer."""
    other = SKIPPED if key == DISABLED else DISABLED
    with state.CORE.writing():
        kept = [] if EVERY in types else [type for type in listed(app, other) if type not in types]
        own = [EVERY] if EVERY in types else sorted({*listed(app, key), *types})
        state.change(NOUN, app.owner, {key: own, other: kept or None})


def clear(app: App, types: Sequence[str]) -> None:
    """Have the checks of some types again."""
    with state.CORE.writing():
        for key in (DISABLED, SKIPPED):
            kept = [] if EVERY in types else [type for type in listed(app, key) if type not in types]
            state.change(NOUN, app.owner, {key: kept or None})


def copy(app: App, copy: App) -> None:
    state.change(NOUN, copy.owner, {key: listed(app, key) or None for key in (DISABLED, SKIPPED)})


def parse(words: Sequence[str]) -> list[str]:
    """`web,worker` as a list of types; none means all.

    Raises:
        UsageError: One can't be a type.
    """
    types = [type for word in words for type in word.split(",") if type] or [EVERY]
    for type in types:
        if not PROCESS_TYPE.fullmatch(type):
            raise UsageError(f"{type[:60]!r} is not a process type.", hint="Such as web or web,worker")
    return types
