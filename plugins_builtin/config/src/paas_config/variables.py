"""What a variable may be: anything that a process can be given and a shell can name."""

from __future__ import annotations

import re
from collections.abc import Mapping

from paas import InvalidValue

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
MAX_STRING = 128 * 1024
"""Bytes of `NAME=VALUE` and the NUL after it that Linux passes to a process (MAX_ARG_STRLEN)."""
MAX_TOTAL = 768 * 1024
"""Bytes of all variables of one owner: Linux passes 2 MiB in all, and an app has its own and the global ones."""


def checked_name(name: str) -> str:
    """A name that a variable may have.

    Raises:
        InvalidValue: It may not.
    """
    if not NAME.fullmatch(name):
        raise InvalidValue(
            f"{_short(name)} is not a name for a variable.",
            hint="Use letters, digits and underscores, and no digit first.",
        )
    return name


def checked(values: Mapping[str, str]) -> dict[str, str]:
    """Variables that a process can be given.

    Raises:
        InvalidValue: A name or a value can't be; the value itself isn't shown.
    """
    return {checked_name(name): _checked_value(name, value) for name, value in values.items()}


def check_total(values: Mapping[str, str]) -> None:
    """Refuse more variables than a process can be given.

    Raises:
        InvalidValue: They are too long together.
    """
    total = sum(len(f"{name}={value}".encode()) + 1 for name, value in values.items())
    if total > MAX_TOTAL:
        raise InvalidValue(
            f"The variables are {total:,} bytes long together; {MAX_TOTAL:,} can be passed to a process.",
            hint="Put large values into a file (storage:mount) and only its path into a variable.",
        )


def _checked_value(name: str, value: str) -> str:
    if "\0" in value:
        raise InvalidValue(f"The value of {name} holds a NUL, which ends a variable.", hint=_ENCODE)
    try:
        size = len(f"{name}={value}".encode()) + 1
    except UnicodeEncodeError as error:
        raise InvalidValue(f"The value of {name} is not UTF-8 text.", hint=_ENCODE) from error
    if size > MAX_STRING:
        raise InvalidValue(
            f"{name} and its value are {size:,} bytes long; {MAX_STRING:,} can be passed to a process.",
            hint="Put it into a file (storage:mount) and only its path into a variable.",
        )
    return value


_ENCODE = "Set it in base64 and have the app decode it (--encoded is decoded here, and only takes text)."


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:60]}…")
