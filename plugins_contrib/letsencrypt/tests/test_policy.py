from __future__ import annotations

import heapq
import os
import random
from collections import Counter
from dataclasses import dataclass

import pytest

from paas_letsencrypt import policy
from paas_letsencrypt.policy import DAY, Life, Window

CERTIFICATES = 1000 if os.environ.get("PAAS_TEST_SOAK") else 10
DAYS = 400


@pytest.mark.parametrize(("days", "left"), [(90, 30), (64, 64 / 3), (45, 15), (6, 3)])
def test_a_third_of_a_life_is_left_when_it_is_renewed_and_half_of_a_short_one(days: float, left: float) -> None:
    assert policy.renewal(Life(0, days * DAY), 0) == pytest.approx((days - left) * DAY)
    assert policy.renewal(Life(0, days * DAY), 1) == pytest.approx((days - left + days / 24) * DAY)


def test_what_someone_asks_for_is_kept_to_half_a_life() -> None:
    assert policy.renewal(Life(0, 90 * DAY), 0, grace=20 * DAY) == 70 * DAY
    assert policy.renewal(Life(0, 6 * DAY), 0, grace=30 * DAY) == 3 * DAY


def test_the_authoritys_window_comes_first_but_not_after_the_last_eighth() -> None:
    life = Life(0, 80 * DAY)

    assert policy.renewal(life, 0.5, window=Window(10 * DAY, 20 * DAY)) == 15 * DAY
    assert policy.renewal(life, 0.5, window=Window(100 * DAY, 200 * DAY)) == 70 * DAY
    assert policy.renewal(life, 0.5, window=Window(20 * DAY, 10 * DAY)) == 20 * DAY


def test_each_failure_doubles_the_wait_up_to_a_part_of_the_life_and_a_day() -> None:
    assert [policy.retry(n, 0) for n in (1, 2, 3)] == [900, 1800, 3600]
    assert policy.retry(500, 0) == DAY
    assert policy.retry(500, 0, Life(0, 6 * DAY)) == DAY / 8
    assert policy.retry(1, 1) == 675
    assert policy.retry(1, 0, asked=7200) == 7200


def test_it_is_late_when_a_quarter_of_the_time_for_renewal_has_gone_by() -> None:
    life = Life(0, 90 * DAY)

    assert not policy.is_late(life, 67 * DAY)
    assert policy.is_late(life, 67.5 * DAY)


@dataclass(frozen=True)
class Run:
    expired: int
    needless: int
    renewals: int
    busiest: int


def simulated(life: float, outages: list[tuple[float, float]], chance: random.Random) -> Run:
    """All certificates of one day, with an authority that is away now and then, by the clock of a queue."""
    issued = dict.fromkeys(range(CERTIFICATES), 0.0)
    failures: Counter[int] = Counter()
    due = [(policy.renewal(Life(0, life), chance.random()), each) for each in issued]
    heapq.heapify(due)
    minutes: Counter[int] = Counter()
    expired = needless = 0
    while due and due[0][0] < DAYS * DAY:
        at, each = heapq.heappop(due)
        now = at - at % 60 + 60  # the next tick
        its = Life(issued[each], issued[each] + life)
        if any(begin <= now < end for begin, end in outages):
            failures[each] += 1
            heapq.heappush(due, (now + policy.retry(failures[each], chance.random(), its), each))
            continue
        expired += now >= its.ends
        needless += its.ends - now > life / (2 if life < policy.SHORT_LIFE else 3)
        issued[each], failures[each] = now, 0
        minutes[int(now // 60)] += 1
        heapq.heappush(due, (policy.renewal(Life(now, now + life), chance.random()), each))
    expired += sum(begin + life <= DAYS * DAY for begin in issued.values())
    return Run(expired, needless, sum(minutes.values()), max(minutes.values()))


@pytest.mark.parametrize("days", [90, 64, 45, 6])
@pytest.mark.parametrize("seed", range(5))
def test_in_400_days_none_expires_and_no_minute_is_crowded(days: int, seed: int) -> None:
    chance = random.Random(seed)
    life = days * DAY
    # Away for a quarter of the life, again and again, wherever that hurts most.
    begins = [period * life + chance.uniform(0, life / 2) for period in range(DAYS // days + 1)]
    outages = [(begin, begin + life / 4) for begin in begins]

    run = simulated(life, outages, chance)

    assert (run.expired, run.needless) == (0, 0)
    assert run.renewals >= CERTIFICATES * (DAYS // days)
    assert run.busiest <= max(1, run.renewals * 0.05)
    if CERTIFICATES >= 1000:
        assert run.busiest <= CERTIFICATES * 0.05
