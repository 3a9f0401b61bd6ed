"""When a schedule of cron means that something is to run: values in, values out, and no clock."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from paas import InvalidValue

NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTHS = {name: number for number, name in enumerate(_MONTHS, 1)}
WEEKDAYS = {name: number for number, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))}
LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
MINUTE = 60
_PART = re.compile(r"(?:(\*)|([0-9]{1,2}|[a-z]{3})(?:-([0-9]{1,2}|[a-z]{3}))?)(?:/([0-9]{1,2}))?")


@dataclass(frozen=True)
class _Field:
    name: str
    least: int
    most: int
    words: Mapping[str, int]


_FIELDS = (
    _Field("minute", 0, 59, {}),
    _Field("hour", 0, 23, {}),
    _Field("day of the month", 1, 31, {}),
    _Field("month", 1, 12, MONTHS),
    _Field("day of the week", 0, 7, WEEKDAYS),
)


@dataclass(frozen=True)
class Schedule:
    """The minutes that a schedule means.

    Attributes:
        weekdays: 0 is Sunday.
        either_day: Both kinds of day are restricted, and one of them will do, as in every cron.
        every_hour: It goes by the passing of time, and not by what a clock on the wall shows.
    """

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either_day: bool
    every_hour: bool

    def means(self, wall: datetime) -> bool:
        """Whether it means the minute that a clock shows."""
        by_date, by_weekday = wall.day in self.days, wall.isoweekday() % 7 in self.weekdays
        day = by_date or by_weekday if self.either_day else by_date and by_weekday
        return day and wall.month in self.months and wall.hour in self.hours and wall.minute in self.minutes


def parse(text: str) -> Schedule:
    """A schedule in the five fields of cron, or one of its nicknames.

    Raises:
        InvalidValue: It isn't one, or would never come.
    """
    given = text.strip().lower()
    words = NICKNAMES.get(given, given).split()
    if len(words) != len(_FIELDS):
        raise InvalidValue(
            f"{text[:80]!r} is not a schedule.",
            hint=f"Write minute, hour, day of the month, month and day of the week, or {', '.join(sorted(NICKNAMES))}.",
        )
    minutes, hours, days, months, weekdays = (_values(w, f, text) for w, f in zip(words, _FIELDS, strict=True))
    by_date, by_weekday = (not words[n].startswith("*") for n in (2, 4))
    either = by_date and by_weekday
    if not either and not any(day <= LONGEST_MONTHS[month - 1] for month in months for day in days):
        raise InvalidValue(f"{text[:80]!r} would never come: none of its months has such a day.")
    sundays = frozenset(day % 7 for day in weekdays)
    return Schedule(minutes, hours, days, months, sundays, either, words[1].startswith("*"))


def is_due(schedule: Schedule, zone: tzinfo, after: float, until: float) -> bool:
    """Whether a minute that a schedule means began within a time.

    What a clock skips when summer begins runs at the end of the gap; what it shows twice when summer ends runs the
    first time. A schedule for every hour, or every few, goes on as time does.

    Args:
        after: Seconds since the epoch; what began then is past.
        until: What begins then is meant.
    """
    first = int(after // MINUTE) + 1
    return any(
        schedule.means(wall)
        for minute in range(first, int(until // MINUTE) + 1)
        for wall in _shown(schedule, zone, minute * MINUTE)
    )


def _shown(schedule: Schedule, zone: tzinfo, epoch: int) -> Iterator[datetime]:
    """The minutes of the clock that one minute of time stands for."""
    wall = datetime.fromtimestamp(epoch, zone)
    if schedule.every_hour:
        yield wall
        return
    if wall.fold:
        return
    before = datetime.fromtimestamp(epoch - MINUTE, zone).replace(tzinfo=None)
    shown = wall.replace(tzinfo=None)
    while (before := before + timedelta(minutes=1)) < shown:
        yield before
    yield shown


def _values(word: str, field: _Field, text: str) -> frozenset[int]:
    found: set[int] = set()
    for part in word.split(","):
        match = _PART.fullmatch(part)
        numbers = [_number(match[n], field) for n in (2, 3) if match[n]] if match else []
        step = int(match[4] or 1) if match else 0
        if not match or None in numbers or not step or (len(numbers) == 2 and numbers[0] > numbers[1]):  # type: ignore[operator]
            raise InvalidValue(
                f"{part[:40]!r} is not a {field.name}, in the schedule {text[:80]!r}.",
                hint=f"It may be *, a number from {field.least} to {field.most}, 1-5, 1,3 or */2.",
            )
        least = numbers[0] if numbers else field.least
        alone = len(numbers) == 1 and not match[4]
        most = numbers[-1] if alone or len(numbers) == 2 else field.most
        found.update(range(least, most + 1, step))  # type: ignore[arg-type, operator]
    return frozenset(found)


def _number(word: str, field: _Field) -> int | None:
    number = field.words.get(word, -1) if word.isalpha() else int(word)
    return number if field.least <= number <= field.most else None
