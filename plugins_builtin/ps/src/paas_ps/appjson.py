"""The formation that an app.json asks for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from paas import PaasError
from paas.apps import PROCESS_TYPE

MAX_COUNT = 1000


def formation(folder: Path) -> Mapping[str, int]:
    """Process type to count, as app.json's `formation` says; empty if it says nothing.

    Raises:
        PaasError: app.json isn't JSON, or its formation isn't one.
    """
    file = folder / "app.json"
    if not file.is_file():
        return {}
    try:
        asked = json.loads(file.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise PaasError(f"app.json can't be read: {error}", hint="It must be JSON in UTF-8.") from error
    given = asked.get("formation", {}) if isinstance(asked, dict) else None
    if not isinstance(given, dict):
        raise PaasError("The formation in app.json is not an object.", hint='Such as {"web": {"quantity": 2}}')
    return {type: _count(type, about) for type, about in given.items() if _asks(about)}


def _asks(about: object) -> bool:
    return not isinstance(about, dict) or "quantity" in about


def _count(type: str, about: object) -> int:
    count = about["quantity"] if isinstance(about, dict) else None
    if not PROCESS_TYPE.fullmatch(type) or not isinstance(count, int) or isinstance(count, bool):
        raise _wrong(type, about)
    if not 0 <= count <= MAX_COUNT:
        raise _wrong(type, about)
    return count


def _wrong(type: str, about: object) -> PaasError:
    return PaasError(
        f"The formation in app.json has {type!r}: {about!r}.", hint='Write {"web": {"quantity": 2}}, 0 to 1000.'
    )
