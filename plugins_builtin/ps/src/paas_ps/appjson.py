"""The formation that an app.json asks for."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from paas import App, PaasError, Source
from paas_app_json.api import of_source

FILE = "app.json"
MAX_COUNT = 1000
SHAPE = 'Write "formation": {"web": {"quantity": 2}}, from 0 to 1000.'


def formation(app: App, source: Source) -> Mapping[str, int]:
    """Process type to count, as app.json's `formation` says; empty if it says nothing.

    Raises:
        PaasError: app.json isn't JSON, or its formation isn't one.
    """
    given = of_source(app, source).get("formation", {})
    if not isinstance(given, dict):
        raise PaasError(f"{FILE} has no object where its formation is.", hint=SHAPE)
    return {type: _count(type, about) for type, about in given.items() if _counts(about)}


def check(asked: Mapping[str, int], types: Collection[str]) -> None:
    """Refuse a formation that counts what the Procfile doesn't name.

    Raises:
        PaasError: Which type.
    """
    for type, count in asked.items():
        if count and type not in types:
            raise PaasError(
                f"The formation in {FILE} has {type}, which the app has not.",
                hint=f"It has: {', '.join(types)}. Others are named in a Procfile.",
            )


def _counts(about: object) -> bool:
    return not isinstance(about, dict) or "quantity" in about


def _count(type: str, about: object) -> int:
    count = about["quantity"] if isinstance(about, dict) else None
    if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count <= MAX_COUNT:
        raise PaasError(f"The formation in {FILE} has {str(about)[:60]} for {type[:60]!r}.", hint=SHAPE)
    return count
