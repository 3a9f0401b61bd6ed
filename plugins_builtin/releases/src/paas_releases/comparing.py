"""What is different between two releases."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from paas import Release

ONE = ("image", "commit")
"""The aspects that are a single value."""


@dataclass(frozen=True)
class Change:
    """One thing that isn't the same.

    Attributes:
        aspect: image, commit, processes, formation, config, domains, ports or mounts.
        key: Which of them, such as the name of a variable; empty for what there is one of.
        old: None if it wasn't there.
        new: None if it isn't there any more.
    """

    aspect: str
    key: str
    old: str | None
    new: str | None

    @property
    def kind(self) -> str:
        return "added" if self.old is None else "removed" if self.new is None else "changed"


def aspects(release: Release) -> dict[str, Mapping[str, str]]:
    """All that a release is made of: aspect to key to value."""
    return {
        "image": {"": release.image.id},
        "commit": {"": release.revision},
        "processes": release.processes,
        "formation": {type: str(count) for type, count in release.formation.items()},
        "config": release.config,
        "domains": dict.fromkeys(release.domains, ""),
        "ports": {str(port): "" for port in release.ports},
        "mounts": {":".join(filter(None, (m.source, m.target, m.options))): "" for m in release.mounts},
    }


def changes(old: Release, new: Release, only: Collection[str] = ()) -> Iterator[Change]:
    """What is different, in the order of `aspects`.

    Args:
        only: The aspects that matter; empty for all.
    """
    before, after = aspects(old), aspects(new)
    for aspect in before:
        if only and aspect not in only:
            continue
        for key in sorted(before[aspect].keys() | after[aspect].keys()):
            was, now = before[aspect].get(key), after[aspect].get(key)
            if was != now:
                yield Change(aspect, key, was, now)


def lines(found: Sequence[Change], *, values: bool) -> list[str]:
    """Changes for people, one a line.

    Args:
        values: Show what variables are.
    """
    return [_line(change, values=values) for change in found]


def data(found: Sequence[Change], *, values: bool) -> dict[str, object]:
    """Changes for programs: aspect to what was added, removed and changed in it."""
    told: dict[str, object] = {}
    for aspect in dict.fromkeys(change.aspect for change in found):
        kinds: dict[str, list[object]] = {"added": [], "removed": [], "changed": []}
        for change in found:
            if change.aspect == aspect:
                kinds[change.kind].append(_entry(change, values=values))
        told[aspect] = kinds["changed"][0] if aspect in ONE else kinds
    return told


def _line(change: Change, *, values: bool) -> str:
    sign = {"added": "+", "removed": "-", "changed": "~"}[change.kind]
    what = f"{sign} {change.aspect}{' ' if change.key else ''}{change.key}"
    if change.aspect == "config" and not values:
        return what
    shown = [_short(change.aspect, value) for value in (change.old, change.new) if value]
    return f"{what}: {' -> '.join(shown)}" if shown else what


def _entry(change: Change, *, values: bool) -> object:
    entry = {"key": change.key, "old": change.old, "new": change.new}
    if change.aspect == "config" and not values:
        return change.key
    if not (change.old or change.new):
        return change.key
    return {name: value for name, value in entry.items() if name != "key" or change.key}


def _short(aspect: str, value: str) -> str:
    return value.removeprefix("sha256:")[:12] if aspect in ONE else value
