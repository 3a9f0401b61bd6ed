"""Host names: what may be one, and when two lead to the same place."""

from __future__ import annotations

import re

from paas import InvalidValue

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
CATCH_ALL = "_"


def checked(name: str) -> str:
    """A host name as it is kept: lower case, in ASCII; `*.example.com` and `_` (every other name) are allowed.

    Raises:
        InvalidValue: It isn't one.
    """
    if name == CATCH_ALL:
        return name
    plain = _ascii(name)
    labels = plain.removeprefix("*.").split(".")
    if len(plain) > 253 or not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        raise InvalidValue(
            f"{name!r} is not a domain.", hint="Such as shop.example.com or *.example.com; letters, digits and hyphens."
        )
    return plain


def _ascii(name: str) -> str:
    lowered = name.lower()
    if lowered.isascii():
        return lowered
    try:
        return lowered.encode("idna").decode()
    except UnicodeError as error:
        raise InvalidValue(f"{name!r} is not a domain: {error}") from error
