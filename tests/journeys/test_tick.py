"""`paas tick` at any moment, several at once, and killed half-way; and what a person finds to differ from the store."""

from __future__ import annotations

import os
import random
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from testbed import sabotage
from testbed.client import Client, web
from testbed.sabotage import minute_passes
from testbed.system import System
from testbed.truth import assert_all_agree, assert_nothing_is_left

KILLED = 100 if os.environ.get("PAAS_TEST_SOAK") else 2


@pytest.fixture
def ann(shaky: System, tmp_path: Path) -> Client:
    return shaky.client(tmp_path / "ann")


def test_ticks_at_any_moment_of_a_deploy_disturb_nothing(shaky: System, ann: Client) -> None:
    copy = ann.app("ticked", web("old"))
    assert ann.push(copy).code == 0
    ann.commit(copy, {"www/index.html": "new"})

    with ticking(shaky):
        pushed = ann.push(copy)
        assert shaky.paas("ps:scale", "ticked", "web=2").code == 0

    assert pushed.code == 0, pushed.all
    assert ann.get("ticked.paas.test").body == "new"
    assert shaky.slots("ticked") == ["web.1", "web.2"]
    minute_passes(shaky)
    assert_nothing_is_left(shaky, "ticked")


def test_ticks_that_are_killed_or_run_at_once_finish_in_the_end(shaky: System, ann: Client) -> None:
    copy = ann.app("unticked", web("old"))
    assert ann.push(copy).code == 0
    for turn in range(KILLED):
        sabotage.give(shaky, "unticked", random.choice(["created", "proxy", "retire"]))
        ann.commit(copy, {"www/index.html": f"new {turn}"})
        assert ann.push(copy).code == 1
        shaky.make_tasks_due()

        with tick(shaky) as one:
            time.sleep(random.uniform(0, 1.5))
            one.kill()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: shaky.paas("tick"), range(4)))
    assert [answer.code for answer in answers] == [0] * 4, answers

    minute_passes(shaky)
    assert_nothing_is_left(shaky, "unticked")
    assert shaky.slots("unticked") == ["web.1"]
    assert ann.get("unticked.paas.test").status == 200


def test_a_report_shows_what_somebody_changed_by_hand_and_a_restore_mends_it(shaky: System, ann: Client) -> None:
    assert ann.push(ann.app("byhand", web("page"))).code == 0
    shaky.ok("ps:scale", "byhand", "web=2")
    assert differences(shaky) == ""
    stopped, removed = (row["container"] for row in shaky.query("SELECT * FROM processes WHERE type = 'web'")[-2:])
    site = shaky.root / "plugins" / "nginx" / "sites" / f"{app_id(shaky)}.conf"
    shaky.docker("stop", stopped)
    shaky.docker("rm", "--force", removed)
    site.write_text(re.sub(r"server [0-9.]+:5000;", "server 127.0.0.9:5000;", site.read_text()))

    said = differences(shaky)

    assert "web.1 should run, and its container is exited" in said
    assert "web.2 should run, and its container is missing" in said
    assert "nginx sends its requests to 127.0.0.9 instead of " in said
    assert "byhand has processes that should run" in shaky.paas("tick").err
    shaky.ok("ps:restore", "byhand")
    assert differences(shaky) == ""
    assert ann.get("byhand.paas.test").body == "page"
    assert_all_agree(shaky, "byhand")


def test_a_push_that_dies_between_its_promotion_and_its_branch_is_live_and_is_never_gone_back_on(
    shaky: System, ann: Client
) -> None:
    copy = ann.app("between", web("old"))
    assert ann.push(copy).code == 0
    old = ann.git(copy, "rev-parse", "HEAD").out.strip()
    sabotage.give(shaky, "between", "live")
    ann.commit(copy, {"www/index.html": "new"})
    assert ann.push(copy).code == 1
    minute_passes(shaky)
    assert ann.get("between.paas.test").body == "new"
    assert ann.git(copy, "ls-remote", ann.url("between"), "main").out.split()[0] == old

    refused = shaky.paas("ps:rebuild", "between")

    assert refused.code == 1
    assert "holds the source" in refused.err, refused.all
    assert "Push it again" in refused.err, refused.all
    assert ann.get("between.paas.test").body == "new"
    assert ann.push(copy).code == 0
    shaky.ok("ps:rebuild", "between")
    assert ann.get("between.paas.test").body == "new"
    assert_all_agree(shaky, "between")


def differences(system: System) -> str:
    return system.ok("ps:report", "byhand", "--differences").strip()


def app_id(system: System) -> int:
    return int(system.query("SELECT id FROM apps WHERE name = 'byhand'")[0]["id"])


@contextmanager
def ticking(system: System) -> Iterator[None]:
    """Ticks without end, while the block runs."""
    over = threading.Event()

    def tick_on() -> None:
        while not over.is_set():
            system.make_tasks_due()
            system.ok("tick")

    with ThreadPoolExecutor(1) as pool:
        ticks = pool.submit(tick_on)
        try:
            yield
        finally:
            over.set()
    ticks.result()


@contextmanager
def tick(system: System) -> Iterator[subprocess.Popen[bytes]]:
    words, nowhere = [system.folder / "bin" / "paas", "tick"], subprocess.DEVNULL
    with subprocess.Popen(words, stdout=nowhere, stderr=nowhere) as one:
        yield one
