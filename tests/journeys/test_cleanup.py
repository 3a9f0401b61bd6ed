"""What nobody needs goes, and nothing else does."""

from __future__ import annotations

import json
import subprocess

from testbed.client import Client, web
from testbed.system import System


def docker(*words: str) -> str:
    return subprocess.run(["docker", *words], capture_output=True, check=True, text=True, timeout=60).stdout.strip()


def test_what_no_release_needs_goes_and_all_else_stays(system: System, ann: Client) -> None:
    copy = ann.app("tidy", web("one"))
    assert ann.push(copy).code == 0
    ann.commit(copy, {"www/index.html": "two"})
    assert ann.push(copy).code == 0
    system.make_tasks_due()
    system.ok("tick")
    (app,) = system.query("SELECT id FROM apps WHERE name = 'tidy'")
    (release,) = system.query("SELECT record FROM releases WHERE status = 'live' AND app_id = ?", str(app["id"]))
    live = json.loads(release["record"])["image"]["id"]
    (old,) = {*system.images("tidy")} - {live}
    labels = [f"paas.system={system.root}", f"paas.app-id={app['id']}", "paas.process=web.1", "paas.instance=lost"]
    words = [word for label in labels for word in ("--label", label)]
    foreign = docker("create", "--label", "paas.system=/elsewhere", "--label", labels[1], live, "sleep", "9")
    try:
        with system.without_ticks():
            lost = docker("create", *words, live, "sleep", "9")
            system.ok("releases:set", "tidy", "keep", "1")

            shown = system.ok("cleanup", "tidy", "--dry-run")
            assert system.images("tidy") == sorted([old, live])
            assert lost in system.containers("tidy")

            said = system.ok("cleanup", "tidy")
            assert shown.splitlines()[:-1] == said.splitlines()[:-1]
            assert system.images("tidy") == [live]
            assert lost not in system.containers("tidy")
            assert docker("inspect", "--format", "{{.Id}}", foreign) == foreign
            assert ann.get("tidy.paas.test").body == "two"
            assert "Nothing is left over" in system.ok("cleanup", "tidy")
    finally:
        docker("rm", "--force", foreign)
