"""What can be set about the server as a whole."""

from __future__ import annotations

from paas import InvalidValue
from paas.settings import Setting, Settings

MIN_FREE = "min-free"
_UNITS = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


def in_bytes(value: str) -> int:
    """A size as people write it, `500m`, in bytes.

    Raises:
        InvalidValue: It isn't one.
    """
    digits, unit = (value[:-1], value[-1].lower()) if value[-1:].lower() in _UNITS else (value, "")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 12):
        raise InvalidValue(f"{value!r} is not a size.", hint="Write a number with k, m or g, such as 500m.")
    return int(digits) * _UNITS.get(unit, 1)


def checked_size(value: str) -> str:
    """A check for a setting that is a size.

    Raises:
        InvalidValue: It isn't one.
    """
    in_bytes(value)
    return value


SETTINGS = Settings(
    "doctor",
    Setting(
        MIN_FREE,
        "256m",
        checked_size,
        app=False,
        help="Bytes that must be free in each place a deploy writes to, as 500m.",
    ),
)
