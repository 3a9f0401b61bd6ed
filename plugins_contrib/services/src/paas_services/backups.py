"""Back services up, prove that a backup can be restored, and restore it.

A backup is what the kind's `dump` prints, encrypted if the service wants that. It is streamed to its target, and stands
there under its name once it is whole; a failure leaves nothing there, and earlier ones as they are.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from paas import PaasError, output, state

from . import aside, containers, kept, moving, sealing, streams, targets, turns
from .bucket import Auth
from .kept import NOUN, owner
from .kinds import Kind, Service
from .streams import Stream
from .targets import Target

AUTH, LAST, RECORDS, KEEP = "backup-auth", "backup-last", "backup-records", "backup-keep"
SHOWN_TABLES = 5


@dataclass(frozen=True)
class Backup:
    """A backup that was stored.

    Attributes:
        target: Where, as it was typed.
        taken: When what it holds was so, in seconds since the epoch.
        size: Bytes, as they are stored.
        rows: How many rows each table had; empty for a kind that doesn't count.
        verified: When it was last restored and compared; 0 if never.
    """

    name: str
    target: str
    taken: float
    size: int
    rows: Mapping[str, int] = field(default_factory=dict)
    verified: float = 0


def settings(service: Service) -> dict[str, Any]:
    """What is kept of a service's backups, and of itself."""
    return state.properties(NOUN, owner(service.key))


def find_target(kind: Kind, service: Service, text: str, *, use_iam: bool) -> Target:
    auth = settings(service).get(AUTH)
    return targets.find(text, Auth(**auth) if auth else None, use_iam=use_iam, noun=kind.noun)


def take(kind: Kind, service: Service, text: str, *, use_iam: bool = False) -> Backup:
    """Back a service up.

    Args:
        text: The target.

    Raises:
        PaasError: It can't be: nothing of it is there then, and `doctor` says so.
    """
    with turns.only(turns.backup(service), f"A backup of {service.name} is going on."):
        # Who is killed can't tell any more, so it is taken back at the end.
        _remember(service, text, "it did not come to its end")
        try:
            target = find_target(kind, service, text, use_iam=use_iam)
            backup = _stored(kind, service, target, text)
            there = target.sizes()
            _require_whole(backup, there)
        except PaasError as error:
            _remember(service, text, error.message)
            raise
        with state.CORE.writing():
            _remember(service, text, "")
            _keep(service, backup, there)
    return backup


def set_keep(service: Service, count: int | None) -> None:
    """Have so many backups of a service stay in the target of its next one; with None all do."""
    kept.change(service, {KEEP: count})


def prune(kind: Kind, service: Service, text: str, *, use_iam: bool = False) -> None:
    """Remove the backups of a service in a target that are older than those that are to stay.

    Raises:
        PaasError: One can't be removed, which `doctor` says too.
    """
    if not (count := settings(service).get(KEEP)):
        return
    target = find_target(kind, service, text, use_iam=use_iam)
    try:
        for name in sorted(filter(_name(kind, service).fullmatch, target.sizes()), reverse=True)[count:]:
            target.remove(name)
            output.detail(f"Removed {name}, since the newest {count} stay")
    except PaasError as error:
        _remember(service, text, error.message)
        raise


def _stored(kind: Kind, service: Service, target: Target, text: str) -> Backup:
    moving.require(kind, kind.dump, "backed up")
    id, told, now = containers.running(kind, service), settings(service), datetime.now(UTC)
    stem = f"{kind.noun}-{service.name}-"
    target.clear(stem)
    stamp = f"{now:%Y-%m-%dT%H-%M-%S}.{now.microsecond // 1000:03}Z"
    name = f"{stem}{stamp}.dump{sealing.SUFFIX if sealing.is_sealed(told) else ''}"
    with (
        moving.frozen(kind, service, id) as held,
        streams.filled(lambda sink: moving.dump(kind, service, id, sink, held.words)) as dumped,
        sealing.sealed(dumped, told) as stream,
    ):
        if held.beyond:
            output.warn(f"The backup will not hold {', '.join(held.beyond)}.")
        target.write(name, stream)
    return Backup(name, text, now.timestamp(), stream.size, held.rows)


def verify(kind: Kind, service: Service, backup: Backup, *, use_iam: bool = False) -> dict[str, int]:
    """Restore a backup into a container of its own, and compare the rows; how many there are of each table.

    Raises:
        PaasError: It can't be restored, or holds something else.
    """
    target = find_target(kind, service, backup.target, use_iam=use_iam)
    _require_whole(backup, target.sizes())
    with aside.started(kind, service) as (own, id):
        with _opened(target, settings(service), backup.name) as stream:
            moving.restore(kind, own, id, stream)
        with moving.frozen(kind, own, id) as held:
            found = dict(held.rows)
    if backup.rows and (wrong := differences(backup.rows, found)):
        raise PaasError(
            f"{backup.name} does not hold what {service.name} did: {'; '.join(wrong[:SHOWN_TABLES])}.",
            hint=f"Take another: {kind.noun}:backup {service.name} {backup.target} --verify",
        )
    _keep(service, replace(backup, verified=time.time()))
    return found


def differences(wanted: Mapping[str, int], found: Mapping[str, int]) -> list[str]:
    """Where two counts of rows differ, a phrase each."""
    names = sorted({*wanted, *found})
    return [
        f"{name} has {found.get(name, 'no')} rows instead of {wanted.get(name, 'none')}"
        for name in names
        if found.get(name) != wanted.get(name)
    ]


def restore(kind: Kind, service: Service, backup: Backup, *, use_iam: bool = False) -> None:
    """Have a service hold what a backup does.

    Raises:
        PaasError: It can't be read, or is not whole; kinds that restore in one transaction have changed nothing then.
    """
    id = containers.running(kind, service)
    target = find_target(kind, service, backup.target, use_iam=use_iam)
    _require_whole(backup, target.sizes())
    with _opened(target, settings(service), backup.name) as stream:
        moving.restore(kind, service, id, stream)


def listed(kind: Kind, service: Service, text: str, *, use_iam: bool = False) -> list[Backup]:
    """The backups of a service in a target, the newest first; those too that were taken elsewhere."""
    records = _records(service)
    name, found = _name(kind, service), []
    for each, size in find_target(kind, service, text, use_iam=use_iam).sizes().items():
        if match := name.fullmatch(each):
            found.append(records.get(each) or Backup(each, text, _moment(match[1]), size))
    return sorted(found, key=lambda backup: backup.name, reverse=True)


def choose(kind: Kind, service: Service, text: str, name: str, *, use_iam: bool = False) -> Backup:
    """A backup by its name, or the newest.

    Raises:
        PaasError: There is none.
    """
    there = listed(kind, service, text, use_iam=use_iam)
    if found := [backup for backup in there if name in ("", backup.name)]:
        return found[0]
    raise PaasError(
        f"{text} holds no backup {name} of {service.name}." if name else f"{text} holds no backup of {service.name}.",
        hint=f"See {kind.noun}:backup-list {service.name} {text}",
    )


def newest(service: Service) -> Backup | None:
    """The last backup that succeeded, as far as anybody knows; it may have been removed since."""
    return max(_records(service).values(), key=lambda backup: backup.taken, default=None)


def last(service: Service) -> dict[str, Any]:
    """The target and the moment of the last attempt, and the error that it ended with; nothing if there was none."""
    found: dict[str, Any] = settings(service).get(LAST) or {}
    return found


@contextmanager
def _opened(target: Target, told: Mapping[str, Any], name: str) -> Iterator[Stream]:
    """A backup as it was dumped."""
    with target.read(name) as file, streams.piped(file) as stream:
        if not name.endswith(sealing.SUFFIX):
            yield stream
            return
        with sealing.opened(stream, told) as plain:
            yield plain


def _require_whole(backup: Backup, sizes: Mapping[str, int]) -> None:
    if (size := sizes.get(backup.name)) != backup.size:
        found = "is not there" if size is None else f"has {size} bytes"
        raise PaasError(f"{backup.name} should have {backup.size} bytes in {backup.target}, and {found}.")


def _name(kind: Kind, service: Service) -> re.Pattern[str]:
    """What the backups of a service are called; the first group is the moment."""
    return re.compile(
        rf"{kind.noun}-{re.escape(service.name)}-({'[0-9]' * 4}-[0-9-]{{5}}T[0-9.-]{{12}}Z)\.dump(\.gpg)?"
    )


def _moment(stamp: str) -> float:
    try:
        return datetime.strptime(stamp, "%Y-%m-%dT%H-%M-%S.%fZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return 0


def _remember(service: Service, text: str, error: str) -> None:
    kept.change(service, {LAST: {"at": time.time(), "target": text, "error": error}})


def _records(service: Service) -> dict[str, Backup]:
    return {name: Backup(**value) for name, value in (settings(service).get(RECORDS) or {}).items()}


def _keep(service: Service, backup: Backup, there: Mapping[str, int] | None = None) -> None:
    """Remember a backup, and forget those that somebody has removed from its target.

    Args:
        there: What its target holds; None if that isn't known.
    """
    with state.CORE.writing():
        known = _records(service) | {backup.name: backup}
        if there is not None:
            known = {name: each for name, each in known.items() if each.target != backup.target or name in there}
        kept.change(service, {RECORDS: {name: asdict(each) for name, each in known.items()}})
