"""A certificate that was issued and isn't served yet.

Whoever is killed just then, or whose site nginx refuses, doesn't ask for another one: authorities count them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path

from paas import App, files
from paas.context import current

from .settings import NOUN

GOOD_SECONDS = 2 * 86400
"""Less than any life that is left when a certificate is renewed."""


def keep(app: App, server: str, names: Sequence[str], chain: bytes, key: bytes) -> None:
    """Keep a pair until `forget`.

    Args:
        server: Who issued it.
        chain: In PEM.
        key: In PEM.
    """
    _file(app).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pair = {"at": time.time(), "server": server, "names": sorted(names), "chain": chain.decode(), "key": key.decode()}
    files.replace(_file(app), json.dumps(pair), 0o600)


def find(app: App, server: str, names: Sequence[str]) -> tuple[bytes, bytes] | None:
    """What is kept for just these names, as `keep` got it; None if nothing is, or for too long."""
    try:
        kept = json.loads(_file(app).read_text(encoding="ascii"))
    except FileNotFoundError:
        return None
    fits = (kept["server"], kept["names"]) == (server, sorted(names)) and kept["at"] > time.time() - GOOD_SECONDS
    return (kept["chain"].encode(), kept["key"].encode()) if fits else None


def forget(app: App) -> None:
    _file(app).unlink(missing_ok=True)


def _file(app: App) -> Path:
    return current().paths.plugin(NOUN) / "pending" / f"{app.id}.json"
