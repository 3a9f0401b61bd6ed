"""What can be set about logs."""

from __future__ import annotations

import re

from paas import InvalidValue
from paas.settings import Setting, Settings

UNLIMITED = "unlimited"


def size(value: str) -> str:
    """A check for Docker's sizes of a log."""
    if value != UNLIMITED and not re.fullmatch(r"[1-9][0-9]{0,9}[kmg]?", value):
        raise InvalidValue(f"{value!r} is not a size.", hint=f"Such as 10m, 500k or {UNLIMITED}.")
    return value


SETTINGS = Settings(
    "logs",
    Setting("max-size", "10m", size, help="How long a container's log may become before the oldest part goes."),
)
