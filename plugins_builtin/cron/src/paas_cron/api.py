"""Times as cron writes them, for other plugins that do something by themselves.

from paas_cron import api as cron

cron.checked("0 3 * * *")
cron.is_due("0 3 * * *", after=last, until=now)
"""

from __future__ import annotations

from paas.state import GLOBAL

from . import schedule, settings


def checked(text: str) -> str:
    """A schedule as it was typed.

    Raises:
        InvalidValue: It isn't one, or would never come.
    """
    schedule.parse(text)
    return text


def is_due(text: str, after: float, until: float) -> bool:
    """Whether a minute that a schedule means began within a time, by the clock of `cron:set --global timezone`.

    Args:
        after: Seconds since the epoch; what began then is past. Every minute from then on is looked at.
        until: What begins then is meant.
    """
    return schedule.is_due(schedule.parse(text), settings.zone(GLOBAL), after, until)
