"""`KEY=VALUE` words of a command line. Errors don't show values: they may be secrets, and logs are read."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

from paas import InvalidValue, UsageError

from .variables import checked, checked_name


def parse(words: Sequence[str], *, encoded: bool = False) -> dict[str, str]:
    """The variables that words name, all of them checked.

    Args:
        encoded: The values are in base64.

    Raises:
        UsageError: A word isn't of the shape `KEY=VALUE`.
        InvalidValue: A key or a value can't be one.
    """
    values = dict(_split(word, place) for place, word in enumerate(words, start=1))
    return checked({name: _decoded(name, value) for name, value in values.items()} if encoded else values)


def _split(word: str, place: int) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    if not equals:
        raise UsageError(
            f"Word {place} after the app is not of the shape KEY=VALUE.",
            hint="Put quotes around a value with spaces; through ssh two pairs, as in \"KEY='a b'\".",
        )
    return name, value


def _decoded(name: str, value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError) as error:
        what = "text in UTF-8" if isinstance(error, UnicodeDecodeError) else "base64"
        raise InvalidValue(
            f"The value of {checked_name(name)} is not {what}, which --encoded wants.",
            hint="Encode it with: base64 -w0",
        ) from error
