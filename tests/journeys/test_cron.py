"""Commands that run by themselves when their time has come."""

from __future__ import annotations

import json
import os
import time

from testbed.client import Client, web
from testbed.servers import wait_until
from testbed.system import System

TASKS = [
    {"command": "echo ran >> /data/runs", "schedule": "* * * * *"},
    {"command": "sh -c 'echo out; echo err >&2; exit 7'", "schedule": "0 0 29 2 *"},
]


def test_a_task_runs_when_it_is_due_and_not_while_it_is_suspended(system: System, ann: Client) -> None:
    copy = ann.app("clock", web("clock", extra={"app.json": json.dumps({"cron": TASKS})}))
    ann.ok("apps:create clock")
    folder = system.root / "storage" / "clock"
    ann.ok("storage:ensure-directory --chown root clock")
    ann.ok(f"storage:mount clock {folder}:/data")
    assert (pushed := ann.push(copy)).code == 0, pushed.all
    every_minute, failing = (task["id"] for task in json.loads(ann.ok("cron:list clock --format json")))

    def runs() -> int:
        file = folder / "runs"
        return len(file.read_text().splitlines()) if file.exists() else 0

    def a_minute_later() -> None:
        """Have the next tick find that a minute has passed."""
        system.ok("tick")
        before = time.time() - 60
        os.utime(system.root / "plugins" / "cron" / "last", (before, before))
        system.ok("tick")

    a_minute_later()
    wait_until(lambda: runs() > 0, "the task has not run")
    ann.ok(f"cron:suspend clock {every_minute}")
    of_the_task = f"label=paas.one-off=cron-{every_minute}"
    wait_until(lambda: not system.docker("ps", "--all", "--quiet", "--filter", of_the_task), "the task has not ended")
    before = runs()
    a_minute_later()
    ran = ann.ssh(f"cron:run clock {failing}")
    assert (ran.code, ran.out, ran.err) == (7, "out\n", "err\n")
    assert runs() == before

    ann.ok(f"cron:run clock {every_minute}")
    assert runs() == before + 1, "by hand it runs all the same"

    broken = [*TASKS, {"command": "true", "schedule": "0 0 30 2 *"}]
    ann.commit(copy, {"app.json": json.dumps({"cron": broken})})
    refused = ann.push(copy)
    assert refused.code != 0
    assert "Entry 3 of cron in app.json: '0 0 30 2 *' would never come" in refused.all
    assert ann.ok("cron:report clock --cron-task-count").strip() == "2"
    assert ann.get("clock.paas.test").body == "clock"
    system.ok("apps:destroy", "--force", "clock")
