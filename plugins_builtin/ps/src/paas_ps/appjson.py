"""The formation that an app.json asks for."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping

from paas import PaasError, Source

from . import sourcefile

FILE = "app.json"
MAX_COUNT = 1000
SHAPE = 'Write "formation": {"web": {"quantity": 2}}, from 0 to 1000.'
_STRING_OR_COMMENT = re.compile(r'("(?:\\.|[^"\\\n])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_STRING_OR_LAST_COMMA = re.compile(r'("(?:\\.|[^"\\\n])*")|,(?=\s*[}\]])')


def formation(source: Source) -> Mapping[str, int]:
    """Process type to count, as app.json's `formation` says; empty if it says nothing.

    Raises:
        PaasError: app.json isn't JSON, or its formation isn't one.
    """
    text = sourcefile.read(source.folder, FILE)
    asked = parse(text) if text else {}
    given = asked.get("formation", {}) if isinstance(asked, dict) else None
    if not isinstance(given, dict):
        raise PaasError(f"{FILE} has no object where its formation is.", hint=SHAPE)
    return {type: _count(type, about) for type, about in given.items() if _counts(about)}


def parse(text: str) -> object:
    """JSON that may hold comments and a comma after the last element, as Dokku reads it.

    Raises:
        PaasError: It isn't, with the line.
    """
    try:
        bare = _STRING_OR_COMMENT.sub(_without_comment, text)
        return json.loads(_STRING_OR_LAST_COMMA.sub(r"\1", bare))
    except json.JSONDecodeError as error:
        raise PaasError(f"Line {error.lineno} of {FILE} is not JSON: {error.msg}.", hint="Mend it and push.") from error
    except RecursionError as error:
        raise PaasError(f"{FILE} is nested too deeply.", hint="Mend it and push.") from error


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


def _without_comment(match: re.Match[str]) -> str:
    return match[1] or "\n" * match[0].count("\n")  # keeps the numbers of the lines


def _counts(about: object) -> bool:
    return not isinstance(about, dict) or "quantity" in about


def _count(type: str, about: object) -> int:
    count = about["quantity"] if isinstance(about, dict) else None
    if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count <= MAX_COUNT:
        raise PaasError(f"The formation in {FILE} has {str(about)[:60]} for {type[:60]!r}.", hint=SHAPE)
    return count
