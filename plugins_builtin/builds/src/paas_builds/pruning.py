"""Forget old builds, with their logs."""

from __future__ import annotations

from collections.abc import Sequence

from paas import App
from paas.builds import folder

from . import records
from .records import Record
from .settings import SETTINGS


def prune(app: App) -> int:
    """Forget the builds of an app that are too many, and every log that belongs to none; how many."""
    surplus = too_many(records.of(app), int(SETTINGS.value(app, "retention")))
    records.forget([record.id for record in surplus])
    known = {record.id for record in records.of(app)}
    for log in folder(app).glob("*.log"):
        if log.stem not in known:
            log.unlink(missing_ok=True)
    return len(surplus)


def too_many(found: Sequence[Record], retention: int) -> list[Record]:
    """Those of an app's builds (given newest first) that are beyond so many ended ones."""
    return [record for record in found if not record.is_running][retention:]
