"""What a command is about to do to an app and must not leave half done, as rows of the store.

A command writes its intent before the first step that a crash could tear, and takes it back in the
transaction of the last. What a killed one has left, the next command for the app or the next
`paas tick` finishes (`lifecycle.recover`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .apps import App
from .state import CORE

DESTROY = "destroy"
"""The app is to go, with everything of it."""

RELEASE = "release"
"""The app's pending release is to go live."""

RENAME = "rename"
"""What carries the app's `old_name` is to carry its new one."""

ROUTE = "route"
"""The proxy is to send requests to the processes that the store names."""


@dataclass(frozen=True)
class Intent:
    app_id: int
    what: str
    details: Mapping[str, Any]


def begin(app: App, what: str, **details: Any) -> None:
    with CORE.writing() as db:
        db.execute("INSERT OR REPLACE INTO intents VALUES (?, ?, ?)", (app.id, what, json.dumps(details)))


def done(app: App, what: str) -> None:
    with CORE.writing() as db:
        db.execute("DELETE FROM intents WHERE (app_id, what) = (?, ?)", (app.id, what))


def left(app_id: int | None = None) -> list[Intent]:
    """The intents of an app, or of all of them.

    One that stands while the app's deploy lock is free belongs to a command that was killed.
    """
    with CORE.reading() as db:
        rows = db.execute("SELECT * FROM intents WHERE app_id = coalesce(?, app_id) ORDER BY app_id, what", (app_id,))
        return [Intent(row["app_id"], row["what"], json.loads(row["details"])) for row in rows]
