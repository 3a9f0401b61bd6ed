"""A version that ran before comes back with the variables of then, or nothing changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from testbed.client import Client, web
from testbed.system import System

pytestmark = pytest.mark.usefixtures("agreement")

APP_JSON = '{"healthchecks": {"web": [{"type": "startup", "path": "/index.html", "attempts": 1}]}}'


def test_a_rollback_changes_the_page_and_the_variables_back_and_nothing_else(system: System, ann: Client) -> None:
    copy = ann.app("undo", web("one", extra={"app.json": APP_JSON}))
    ann.ok("apps:create undo")
    ann.ok("config:set undo COLOUR=red")
    pushed(ann, copy)
    ann.ok("config:set --no-restart undo COLOUR=blue NEW=1")
    pushed(ann, copy, "two")
    ann.ok("ps:scale undo web=2")
    ann.ok("domains:add undo undo.example.com")

    said = ann.ok("releases:rollback undo")

    assert ann.get("undo.paas.test").body == ann.get("undo.example.com").body == "one"
    assert system.environment("undo")["COLOUR"] == "red"
    assert "NEW" not in system.environment("undo")
    assert ann.ok("config:keys undo") == "COLOUR\n"
    assert system.slots("undo") == ["web.1", "web.2"]
    assert "-----> As it is now, and not as in release 1:\n       ~ formation web: 1 -> 2\n" in said
    assert "       + domains undo.example.com\n" in said
    listed = releases(ann, "undo")
    assert [(r["number"], r["status"], r["reason"]) for r in listed] == [
        (3, "live", "releases:rollback 1"),
        (2, "superseded", "git push"),
        (1, "superseded", "git push"),
    ]
    assert listed[0]["commit"] == listed[2]["commit"] == system.environment("undo")["GIT_REV"]

    ann.ok("releases:rollback undo 2 --with formation,domains")

    assert ann.get("undo.paas.test").body == "two"
    assert system.slots("undo") == ["web.1"]
    assert "undo.example.com" not in ann.ok("domains:report undo")
    assert system.environment("undo")["COLOUR"] == "blue"


def test_a_rollback_to_what_does_not_work_any_more_changes_nothing(system: System, ann: Client) -> None:
    copy = ann.app("stuck", web("one", procfile="web: $SERVE\n"))
    ann.ok("apps:create stuck")
    ann.ok("config:set stuck COLOUR=red")
    ann.ok('config:set --global "SERVE=httpd -f -p 5000 -h /www"')
    try:
        pushed(ann, copy)
        ann.ok("config:set --no-restart stuck COLOUR=blue")
        pushed(ann, copy, "two", Procfile="web: httpd -f -p 5000 -h /www\n")
        ann.ok('config:set --global "SERVE=cat /nothing"')

        refused = ann.ssh("releases:rollback stuck")
    finally:
        ann.ok("config:unset --global SERVE")

    assert refused.code == 1
    assert "Could not start stuck web.1" in refused.err
    assert ann.get("stuck.paas.test").body == "two"
    assert ann.ok("config:get stuck COLOUR") == "blue\n"
    assert [r["status"] for r in releases(ann, "stuck")] == ["failed", "live", "superseded"]
    known = system.query("SELECT container FROM processes JOIN apps ON app_id = apps.id WHERE name = 'stuck'")
    assert {row["container"] for row in known} <= set(system.containers("stuck"))
    assert len(system.containers("stuck")) == 2, "what runs, and what ran before and still drains"


def test_a_domain_that_another_app_has_taken_refuses(system: System, ann: Client) -> None:
    copy = ann.app("robbed", web("one"))
    ann.ok("apps:create robbed")
    ann.ok("domains:add robbed shared.example.com")
    pushed(ann, copy)
    ann.ok("domains:remove robbed shared.example.com")
    pushed(ann, copy, "two")
    ann.ok("apps:create thief")
    ann.ok("domains:add thief shared.example.com")

    refused = ann.ssh("releases:rollback robbed --with domains")

    assert refused.code == 1
    assert "shared.example.com already belongs to thief" in refused.err
    assert ann.get("robbed.paas.test").body == "two"
    assert len(releases(ann, "robbed")) == 2
    ann.ok("releases:rollback robbed")
    assert ann.get("robbed.paas.test").body == "one"


def test_the_images_of_the_last_releases_stay_and_older_ones_say_that_they_are_gone(
    system: System, ann: Client
) -> None:
    copy = ann.app("kept", web("one"))
    ann.ok("apps:create kept")
    ann.ok("releases:set kept keep 2")
    for page in ("one", "two", "three"):
        pushed(ann, copy, page)
        system.make_tasks_due()
        system.ok("tick")

    listed = releases(ann, "kept")
    assert [(r["number"], r["image_kept"]) for r in listed] == [(3, True), (2, True), (1, False)]
    assert system.images("kept") == sorted(r["image"] for r in listed[:2])
    refused = ann.ssh("releases:rollback kept 1")
    assert refused.code == 1
    assert "The image of release 1 is gone.\n !     kept can go back to: 2\n" in refused.err

    ann.ok("apps:clone kept twin")
    system.ok("apps:destroy", "kept", "--force")
    assert ann.get("twin.paas.test").body == "three"
    system.ok("apps:destroy", "twin", "--force")
    assert not {r["image"] for r in listed} & system.inventory()


def pushed(ann: Client, copy: Path, page: str = "one", **files: str) -> None:
    ann.commit(copy, {"www/index.html": page, **files})
    answer = ann.push(copy)
    assert answer.code == 0, answer.all


def releases(ann: Client, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(ann.ok(f"releases:list {name} --format json"))
    return found
