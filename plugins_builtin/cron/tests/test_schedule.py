from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from paas import InvalidValue
from paas_cron.schedule import is_due, parse

BERLIN = ZoneInfo("Europe/Berlin")
DAYS = 400


def epoch(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def runs(schedule: str, first: str, last: str, zone: ZoneInfo = BERLIN) -> list[str]:
    """When it runs between two times of UTC, if a tick comes each minute: UTC as `MM-DD HH:MM`."""
    wanted, now, found = parse(schedule), epoch(first), []
    while (now := now + 60) <= epoch(last):
        if is_due(wanted, zone, now - 60, now):
            found.append(datetime.fromtimestamp(now, UTC).strftime("%m-%d %H:%M"))
    return found


@pytest.mark.parametrize(
    ("schedule", "shown", "means"),
    [
        ("* * * * *", "2026-05-04T03:07", True),
        ("7 3 * * *", "2026-05-04T03:07", True),
        ("8 3 * * *", "2026-05-04T03:07", False),
        ("*/15 * * * *", "2026-05-04T03:45", True),
        ("*/15 * * * *", "2026-05-04T03:46", False),
        ("5/20 * * * *", "2026-05-04T03:25", True),
        ("5/20 * * * *", "2026-05-04T03:05", True),
        ("5/20 * * * *", "2026-05-04T03:00", False),
        ("0-10/5,30 * * * *", "2026-05-04T03:10", True),
        ("0-10/5,30 * * * *", "2026-05-04T03:30", True),
        ("0-10/5,30 * * * *", "2026-05-04T03:15", False),
        ("0 0 * MAY mon", "2026-05-04T00:00", True),
        ("0 0 * * 0", "2026-05-03T00:00", True),
        ("0 0 * * 7", "2026-05-03T00:00", True),
        ("0 0 * * 5-7", "2026-05-03T00:00", True),
        ("0 0 * * 1-5", "2026-05-03T00:00", False),
        ("0 0 13 * fri", "2026-05-13T00:00", True),  # a Wednesday: either will do
        ("0 0 13 * fri", "2026-05-15T00:00", True),
        ("0 0 13 * fri", "2026-05-14T00:00", False),
        ("0 0 */2 * fri", "2026-05-15T00:00", True),  # a star: both must
        ("0 0 */2 * fri", "2026-05-22T00:00", False),
        ("0 0 29 2 *", "2028-02-29T00:00", True),
        ("@daily", "2026-05-04T00:00", True),
        ("@hourly", "2026-05-04T05:00", True),
        ("@weekly", "2026-05-03T00:00", True),
        ("@yearly", "2027-01-01T00:00", True),
    ],
)
def test_a_schedule_means_the_minutes_that_cron_means(schedule: str, shown: str, means: bool) -> None:
    assert parse(schedule).means(datetime.fromisoformat(shown)) is means


@pytest.mark.parametrize(
    "schedule",
    [
        "", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 13 *", "* * * * 8",
        "5-1 * * * *", "*/0 * * * *", "*/x * * * *", "a * * * *", "-1 * * * *", "1, * * * *", "1--2 * * * *",
        "mon * * * *", "* * * mon *", "@reboot", "@every 5m", "@", "\u0661 * * * *", "1e1 * * * *", "* * * * *; reboot",
    ],
)  # fmt: skip
def test_what_is_no_schedule_is_refused(schedule: str) -> None:
    with pytest.raises(InvalidValue):
        parse(schedule)


@pytest.mark.parametrize("schedule", ["0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 30-31 feb *", "0 0 31 2 */2"])
def test_what_would_never_come_is_refused(schedule: str) -> None:
    with pytest.raises(InvalidValue, match="would never come"):
        parse(schedule)


@pytest.mark.parametrize("schedule", ["0 0 29 2 *", "0 0 31 2,3 *", "0 0 30 2 mon", "0 0 31 * *"])
def test_what_comes_seldom_is_not(schedule: str) -> None:
    parse(schedule)


def test_a_task_of_each_day_runs_once_on_each_of_many_days_whatever_clocks_do() -> None:
    nightly, start = parse("30 2 * * *"), epoch("2026-01-01T00:00")
    for day in range(DAYS):
        hours = [start + day * 86400 + hour * 3600 for hour in range(24)]
        assert sum(is_due(nightly, BERLIN, at, at + 3600) for at in hours) == 1, day


def test_what_a_clock_skips_runs_when_the_gap_is_over() -> None:
    # On 2026-03-29 clocks in Berlin go from 2 to 3 o'clock, at 1 o'clock UTC.
    assert runs("30 2 * * *", "2026-03-28T22:00", "2026-03-29T06:00") == ["03-29 01:00"]
    assert runs("0 4 * * *", "2026-03-28T22:00", "2026-03-29T06:00") == ["03-29 02:00"]
    assert runs("30 * * * *", "2026-03-29T00:00", "2026-03-29T02:00") == ["03-29 00:30", "03-29 01:30"]


def test_what_a_clock_shows_twice_runs_once_unless_it_runs_every_hour() -> None:
    # On 2026-10-25 clocks in Berlin go from 3 to 2 o'clock, at 1 o'clock UTC.
    assert runs("30 2 * * *", "2026-10-24T22:00", "2026-10-25T06:00") == ["10-25 00:30"]
    assert runs("30 * * * *", "2026-10-25T00:00", "2026-10-25T02:00") == ["10-25 00:30", "10-25 01:30"]


def test_the_time_zone_counts() -> None:
    assert runs("0 9 * * *", "2026-05-04T00:00", "2026-05-05T00:00", ZoneInfo("UTC")) == ["05-04 09:00"]
    assert runs("0 9 * * *", "2026-05-04T00:00", "2026-05-05T00:00", ZoneInfo("Asia/Kolkata")) == ["05-04 03:30"]


def test_what_began_at_a_minute_is_due_once_however_late_ticks_come() -> None:
    hourly, at = parse("0 * * * *"), epoch("2026-05-04T03:00")

    assert is_due(hourly, BERLIN, at - 1, at)
    assert is_due(hourly, BERLIN, at - 30, at + 500)
    assert not is_due(hourly, BERLIN, at, at + 500)
    assert not is_due(hourly, BERLIN, at + 500, at + 560)
