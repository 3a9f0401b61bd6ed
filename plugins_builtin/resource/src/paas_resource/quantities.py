"""How much of a resource, as people write it and as Docker counts it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from paas import InvalidValue

UNITS = {"b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
LEAST_MEMORY = 6 << 20
"""Docker's own."""
MOST_DIGITS = 15


def cpu(value: str) -> str:
    """A check for a number of processors, such as `2` or `0.5`.

    Raises:
        InvalidValue: It isn't one.
    """
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", value) or not Decimal(value):
        raise InvalidValue(f"{value!r} is not a number of processors.", hint="Such as 2 or 0.5.")
    return value


def memory(value: str) -> str:
    """A check for an amount of memory, in megabytes where no unit says otherwise.

    Raises:
        InvalidValue: It isn't one, or too little for any container.
    """
    _checked_size(value)
    if in_bytes(value) < LEAST_MEMORY:
        raise InvalidValue(f"{value} is too little memory for a container.", hint="Docker gives none less than 6m.")
    return value.lower()


def swap(value: str) -> str:
    """A check for memory and swap together; -1 for as much swap as there is.

    Raises:
        InvalidValue: It isn't one.
    """
    return value if value == "-1" else memory(value)


def size(value: str) -> str:
    """A check for an amount of anything that is counted in bytes.

    Raises:
        InvalidValue: It isn't one.
    """
    _checked_size(value)
    return value.lower()


def gpus(value: str) -> str:
    """A check for a number of graphics processors, or `all`.

    Raises:
        InvalidValue: It isn't one.
    """
    if not re.fullmatch(r"all|[1-9][0-9]{0,2}", value):
        raise InvalidValue(f"{value!r} is not a number of graphics processors.", hint="Such as 1, or all.")
    return value


def in_bytes(value: str) -> int:
    """An amount that was checked, in bytes."""
    number, unit = re.fullmatch(r"([0-9]+)([bkmgt]?)", value.lower()).groups()  # type: ignore[union-attr]
    return int(number) * UNITS[unit or "m"]


def in_nanoseconds(value: str) -> int:
    """A number of processors that was checked, in billionths of one."""
    return int(Decimal(value) * 10**9)


def _checked_size(value: str) -> None:
    if not re.fullmatch(rf"[0-9]{{1,{MOST_DIGITS}}}[bkmgtBKMGT]?", value):
        raise InvalidValue(
            f"{value!r} is not an amount.",
            hint="Such as 512 (megabytes), 512m or 2g: a whole number and b, k, m, g or t.",
        )


CHECKS: Mapping[str, Callable[[str], str]] = {
    "cpu": cpu,
    "memory": memory,
    "memory-swap": swap,
    "network": size,
    "network-ingress": size,
    "network-egress": size,
    "nvidia-gpu": gpus,
}
"""The resources there are, each with its check."""
