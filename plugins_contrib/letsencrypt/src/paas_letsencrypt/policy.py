"""When a certificate is renewed, and when one that failed is tried again; values in, values out.

All times are seconds since the epoch. Chance comes in as a number from 0 to 1, so that what is decided can be tested.
"""

from __future__ import annotations

from dataclasses import dataclass

DAY = 86400
SHORT_LIFE = 10 * DAY
SPREAD = 24
"""Renewals are spread over this part of the life: four days for one of three months, six hours for one of six days."""
FIRST_RETRY = 15 * 60
"""Four attempts an hour at most: Let's Encrypt allows five failed validations of a name."""
LONGEST_RETRY = DAY
RETRY_PART = 48
"""No wait between attempts is longer than this part of the life."""
LAST_CALL = 8
"""A window of the authority's own is not followed beyond the last eighth of the life."""


@dataclass(frozen=True)
class Life:
    """From when to when a certificate is good."""

    begins: float
    ends: float

    @property
    def seconds(self) -> float:
        return self.ends - self.begins


@dataclass(frozen=True)
class Window:
    """When the authority wants a certificate to be renewed (RFC 9773)."""

    start: float
    end: float


def renewal(life: Life, chance: float, grace: float | None = None, window: Window | None = None) -> float:
    """When to renew a certificate.

    Args:
        grace: Seconds before its end that someone has asked for; never more than half of its life is taken.
        window: The authority's wish, which comes first.
    """
    if window:
        wished = window.start + chance * max(0.0, window.end - window.start)
        return min(wished, life.ends - life.seconds / LAST_CALL)
    return life.ends - _left(life, grace) + chance * life.seconds / SPREAD


def _left(life: Life, grace: float | None) -> float:
    """How much of a life is left when it is renewed."""
    if grace is not None:
        return min(grace, life.seconds / 2)
    return life.seconds / (2 if life.seconds < SHORT_LIFE else 3)


def retry(failures: int, chance: float, life: Life | None = None, asked: float = 0) -> float:
    """After how many seconds to try again.

    Args:
        failures: In a row, the last one included.
        life: Of the certificate that is to be renewed; None if there is none yet.
        asked: Seconds that the authority wants us to wait at least.
    """
    longest = min(LONGEST_RETRY, life.seconds / RETRY_PART) if life else LONGEST_RETRY
    wait = min(longest, FIRST_RETRY * 2.0 ** min(failures - 1, 20))
    return max(wait * (1 - chance / 4), asked * (1 + chance / 10))


def is_late(life: Life, now: float) -> bool:
    """Whether so little of a life is left that somebody should know: three quarters of what renewal leaves."""
    return now >= life.ends - _left(life, None) * 3 / 4
