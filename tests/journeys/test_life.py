"""What happens to an app after its first push."""

from __future__ import annotations

import http.client
import time

import pytest

from testbed.client import Client, web
from testbed.system import System

pytestmark = pytest.mark.usefixtures("agreement")


def test_scaling_starts_and_stops_only_the_difference(system: System, ann: Client) -> None:
    assert ann.push(ann.app("scaled", web())).code == 0
    (one,) = system.containers("scaled")

    ann.ok("ps:scale scaled web=3")
    assert system.slots("scaled") == ["web.1", "web.2", "web.3"]
    assert one in system.containers("scaled")

    ann.ok("ps:scale scaled web=1")
    assert system.slots("scaled") == ["web.1"]
    assert one in system.containers("scaled")
    assert ann.get("scaled.paas.test").status == 200


def test_a_change_of_config_reaches_the_processes(system: System, ann: Client) -> None:
    procfile = "web: sh -c 'echo \"$GREETING\" > /www/index.html; exec httpd -f -p $PORT -h /www'\n"
    assert ann.push(ann.app("config", web(procfile=procfile))).code == 0

    ann.ok("config:set config GREETING='Grüße, \"world\" & $HOME'")

    assert ann.get("config.paas.test").body == 'Grüße, "world" & $HOME\n'
    assert ann.ok("config:get config GREETING") == 'Grüße, "world" & $HOME\n'


@pytest.mark.parametrize(
    "value", ["two words", 'it\'s "quoted"', "a\nb\n\nc", "k=v=w", "$(id) `id` ; rm -rf /", "ünï©ødé"]
)
def test_a_value_survives_from_ssh_to_the_container(system: System, ann: Client, value: str) -> None:
    import shlex

    if ann.ssh("apps:exists values").code:
        assert ann.push(ann.app("values", web())).code == 0

    ann.ok(shlex.join(["config:set", "--no-restart", "values", f"VALUE={value}"]))
    ann.ok("ps:restart values")

    assert ann.ok("config:get values VALUE") == value + "\n"
    assert system.environment("values")["VALUE"] == value


def test_a_domain_leads_to_its_app_only(system: System, ann: Client) -> None:
    assert ann.push(ann.app("shop", web("shop"))).code == 0
    assert ann.push(ann.app("store", web("store"))).code == 0

    ann.ok("domains:add shop www.example.com")

    assert ann.get("www.example.com").body == "shop"
    taken = ann.ssh("domains:add store www.example.com")
    assert taken.code == 1
    assert "www.example.com already belongs to shop" in taken.err
    with pytest.raises(http.client.RemoteDisconnected):
        ann.get("unknown.example.com")

    ann.ok("domains:remove shop www.example.com")
    with pytest.raises(http.client.RemoteDisconnected):
        ann.get("www.example.com")


def test_a_rename_takes_the_url_along(system: System, ann: Client) -> None:
    assert ann.push(ann.app("before", web("same"))).code == 0

    ann.ok("apps:rename before after")

    assert ann.get("after.paas.test").body == "same"
    with pytest.raises(http.client.RemoteDisconnected):
        ann.get("before.paas.test")
    assert "http://after.paas.test" in ann.ok("url after")
    copy = ann.folder / "before"
    ann.commit(copy, {"www/index.html": "next"})
    assert ann.push(copy, "after").code == 0
    assert ann.get("after.paas.test").body == "next"


def test_a_destroyed_app_leaves_nothing(system: System, ann: Client) -> None:
    assert ann.push(ann.app("neighbour", web())).code == 0  # what a system makes once is there then
    before = system.inventory()
    copy = ann.app("doomed", web("one"))
    assert ann.push(copy).code == 0
    ann.commit(copy, {"www/index.html": "two"})
    assert ann.push(copy).code == 0
    ann.ok("config:set doomed SECRET=x")
    ann.ok("ps:scale doomed web=2")
    (system.root / "apps" / "doomed" / "written-by-a-container").mkdir()  # by root, which we are
    (system.root / "apps" / "doomed" / "written-by-a-container" / "file").write_text("x")

    assert ann.ssh("apps:destroy doomed", b"wrong\n").code == 1
    ann.ok("apps:destroy doomed", b"doomed\n")

    assert system.inventory() - before == set()
    assert ann.ssh("apps:exists doomed").code == 20
    with pytest.raises(http.client.RemoteDisconnected):
        ann.get("doomed.paas.test")


def test_a_stopped_app_answers_502_and_starts_again(system: System, ann: Client) -> None:
    assert ann.push(ann.app("rests", web("awake"))).code == 0

    ann.ok("ps:stop rests")
    assert system.containers("rests") == []
    assert ann.get("rests.paas.test").status == 502

    ann.ok("ps:start rests")
    assert ann.get("rests.paas.test").body == "awake"


def test_old_processes_are_retired_when_their_time_has_come(system: System, ann: Client) -> None:
    copy = ann.app("retires", web("one"))
    assert ann.push(copy).code == 0
    ann.commit(copy, {"www/index.html": "two"})
    assert ann.push(copy).code == 0
    assert len(system.containers("retires")) == 2

    system.make_tasks_due()
    system.paas("tick")

    end = time.monotonic() + 20
    while len(system.containers("retires")) > 1 and time.monotonic() < end:
        time.sleep(0.1)
    assert len(system.containers("retires")) == 1
    assert ann.get("retires.paas.test").body == "two"
