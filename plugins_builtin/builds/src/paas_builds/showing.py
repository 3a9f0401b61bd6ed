"""Builds as rows, fields and values for programs."""

from __future__ import annotations

import time
from typing import Any

from .records import Record

HEADINGS = ("Build", "App", "Kind", "Status", "Source", "By", "Started", "Duration")


def row(record: Record) -> tuple[str, ...]:
    return (
        record.id,
        record.app.name,
        record.kind,
        record.status,
        record.source,
        record.created_by,
        when(record.started_at),
        duration(record.seconds),
    )


def data(record: Record) -> dict[str, Any]:
    """A build for programs."""
    seconds = record.seconds
    return {
        "id": record.id,
        "app": record.app.name,
        "kind": record.kind,
        "status": record.status,
        "source": record.source,
        "created_by": record.created_by,
        "pid": record.pid,
        "started_at": when(record.started_at),
        "finished_at": when(record.finished_at) if record.finished_at else None,
        "duration": None if seconds is None else round(seconds, 3),
        "cancelled_by": record.cancelled_by,
    }


def fields(record: Record) -> dict[str, str]:
    """A build for people: label to text."""
    told = {
        "App": record.app.name,
        "Kind": record.kind,
        "Status": record.status,
        "Source": record.source,
        "By": record.created_by,
        "Pid": str(record.pid),
        "Started at": when(record.started_at),
        "Finished at": when(record.finished_at) if record.finished_at else "",
        "Duration": duration(record.seconds),
    }
    return told | ({"Cancelled by": record.cancelled_by} if record.cancelled_by else {})


def when(seconds: float) -> str:
    return time.strftime("%FT%TZ", time.gmtime(seconds))


def duration(seconds: float | None) -> str:
    """`2m 03s`, or `4.2s` for a short one."""
    if seconds is None:
        return "-"
    return f"{seconds:.1f}s" if seconds < 60 else f"{int(seconds) // 60}m {int(seconds) % 60:02}s"
