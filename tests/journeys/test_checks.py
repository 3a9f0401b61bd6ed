"""What decides whether a new version goes live: checks, scripts, a release process; and the end of old requests."""

from __future__ import annotations

import json
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from testbed.client import Answer, Client, Page, web
from testbed.system import System

pytestmark = pytest.mark.usefixtures("agreement")

SLOW = "#!/bin/sh\nsleep 5\necho 'Content-Type: text/plain'\necho\necho slow and whole\n"
STUBBORN = """trap 'echo told > /told' TERM
/bin/busybox nc -ll -p $PORT -e /bin/sh /www/socket.sh &
while :; do sleep 0.2; done
"""
"""Serves sockets, and takes no notice of SIGTERM but to write it down."""
SOCKET = r"""while read -r line && [ ${#line} -gt 1 ]; do :; done
printf 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'
while :; do if [ -e /told ]; then cat /told; else echo tick; fi; sleep 0.2; done
"""
QUICK = {"type": "startup", "attempts": 2, "wait": 0.1}


def app_json(**checks: Any) -> dict[str, str | bytes]:
    """An app.json with one startup check for each process type."""
    return {"app.json": json.dumps({"healthchecks": {type: [{**QUICK, **check}] for type, check in checks.items()}})}


def scripts(**named: str) -> dict[str, str | bytes]:
    first = named.pop("first", "")
    return {"app.json": json.dumps({"scripts": {"dokku": named, "postdeploy": first}})}


def change(client: Client, copy: Path, files: dict[str, str | bytes]) -> Answer:
    client.commit(copy, {"www/index.html": "new", **files})
    return client.push(copy)


@pytest.mark.parametrize(
    ("name", "check", "reason"),
    [
        ("by-path", {"path": "/missing"}, "/missing: it answers 404, not 2xx"),
        ("by-content", {"path": "/", "content": "fine"}, "/: its answer does not hold 'fine'"),
        ("by-command", {"command": ["/bin/sh", "-c", "echo no table; exit 3"]}, "it ends with exit code 3: no table"),
        ("by-port", {"listening": True, "port": 9}, "listening on 9: nothing listens on port 9 from outside"),
    ],
)
def test_a_check_that_fails_refuses_the_push_and_the_old_release_answers(
    system: System, ann: Client, name: str, check: dict[str, Any], reason: str
) -> None:
    copy = ann.app(name, web("old"))
    assert ann.push(copy).code == 0
    images, containers = system.images(name), system.containers(name)

    pushed = change(ann, copy, app_json(web=check))

    assert pushed.code == 1
    assert "Could not start due to 1 failed checks (web.1)" in pushed.err
    assert reason in pushed.err
    assert f"=====> Start of {name} container output" in pushed.err
    assert ann.get(f"{name}.paas.test").body == "old"
    assert (system.images(name), system.containers(name)) == (images, containers)


def test_checks_that_pass_let_a_push_through_and_hold_for_a_restart(system: System, ann: Client) -> None:
    checks = [
        {**QUICK, "path": "/", "content": "new"},
        {**QUICK, "command": ["/bin/sh", "-c", "exit $BROKEN"]},
        {**QUICK, "listening": True},
        {**QUICK, "uptime": 1},
        {"type": "liveness", "path": "/missing"},
    ]
    copy = ann.app("passes", web("old"))
    ann.ok("apps:create passes")
    ann.ok("config:set passes BROKEN=0")

    pushed = change(ann, copy, {"app.json": json.dumps({"healthchecks": {"web": checks}})})

    assert pushed.code == 0, pushed.all
    assert "All checks successful (web.1)" in pushed.err
    assert ann.get("passes.paas.test").body == "new"
    assert "All checks successful (web.1)" in ann.ok("checks:run passes")
    assert "web: /missing" in ann.ok("checks:report passes --checks-liveness")

    before = system.containers("passes")
    refused = ann.ssh("config:set passes BROKEN=7")
    assert refused.code == 1
    assert "it ends with exit code 7" in refused.err
    assert system.containers("passes") == before
    assert ann.get("passes.paas.test").body == "new"


def test_a_worker_that_fails_its_check_keeps_web_from_being_promoted(system: System, ann: Client) -> None:
    procfile = "web: httpd -f -p $PORT -h /www\nworker: sleep 1000\n"
    copy = ann.app("halves", web("old", procfile))
    assert ann.push(copy).code == 0
    ann.ok("ps:scale halves worker=1")
    before = system.containers("halves")

    pushed = change(ann, copy, app_json(worker={"command": ["/bin/sh", "-c", "exit 1"]}))

    assert pushed.code == 1
    assert "failed checks (worker.1)" in pushed.err
    assert ann.get("halves.paas.test").body == "old"
    assert system.containers("halves") == before


def test_a_wrong_check_is_refused_before_the_build(system: System, ann: Client) -> None:
    copy = ann.app("wrong", web("old", extra=app_json(web={"name": "up", "path": "/", "attempts": "3"})))

    pushed = ann.push(copy)

    assert pushed.code == 1
    assert "Check 1 of web ('up') in app.json has '3' for attempts" in pushed.err
    assert system.images("wrong") == []


@pytest.mark.parametrize(
    ("name", "files", "failed"),
    [
        ("pre", scripts(predeploy="echo no disk; exit 4"), "The predeploy task of pre failed with exit code 4"),
        ("post", scripts(postdeploy="echo no cache; exit 5"), "The postdeploy task of post failed with exit code 5"),
        (
            "release",
            {"Procfile": "web: httpd -f -p $PORT -h /www\nrelease: echo no table; exit 6\n"},
            "The release task of release failed with exit code 6",
        ),
    ],
)
def test_a_task_that_fails_refuses_the_push_and_leaves_nothing(
    system: System, ann: Client, name: str, files: dict[str, str | bytes], failed: str
) -> None:
    copy = ann.app(name, web("old"))
    assert ann.push(copy).code == 0
    images, containers = system.images(name), system.containers(name)

    pushed = change(ann, copy, files)

    assert pushed.code == 1
    assert failed in pushed.err
    assert "remote:        no " in pushed.err, "what it printed is shown"
    assert ann.get(f"{name}.paas.test").body == "old"
    assert (system.images(name), system.containers(name)) == (images, containers)


def test_tasks_see_the_variables_of_their_release_and_run_in_order(system: System, ann: Client) -> None:
    told = scripts(predeploy="echo 1 $COLOUR", postdeploy="echo 4 $COLOUR", first="echo 3 $COLOUR")
    copy = ann.app("tasks", web("old", "web: httpd -f -p $PORT -h /www\nrelease: echo 2 $COLOUR\n", told))
    ann.ok("apps:create tasks")
    ann.ok("config:set tasks COLOUR=red")

    pushed = ann.push(copy)

    assert pushed.code == 0, pushed.all
    said = [line.split()[1] for line in pushed.err.splitlines() if line.rstrip().endswith(" red")]
    assert said == ["1", "2", "3", "4"]
    assert system.slots("tasks") == ["web.1"]
    changed = ann.ok("config:set tasks COLOUR=blue")
    assert [line.split()[0] for line in changed.splitlines() if line.endswith(" blue")] == ["1", "2", "4"]


def test_what_was_stopped_first_answers_again_when_the_push_fails(system: System, ann: Client) -> None:
    copy = ann.app("single", web("old"))
    assert ann.push(copy).code == 0
    before = system.containers("single")
    ann.ok("checks:disable single")

    failed = change(ann, copy, {"Procfile": "web: exit 1\n"})

    assert failed.code == 1
    assert "stopping currently running containers (web)" in failed.err
    assert system.containers("single") == before
    deadline = time.monotonic() + 20
    while ann.get("single.paas.test").body != "old":
        assert time.monotonic() < deadline, "the old release doesn't answer again"
        time.sleep(0.1)
    assert change(ann, copy, {"Procfile": "web: httpd -f -p $PORT -h /www\n"}).code == 0
    assert ann.get("single.paas.test").body == "new"


def test_a_request_survives_a_deploy(system: System, ann: Client) -> None:
    files = web("page", extra={"www/cgi-bin/slow": SLOW})
    files["Dockerfile"] = str(files["Dockerfile"]) + 'RUN ["/bin/busybox", "chmod", "755", "/www/cgi-bin/slow"]\n'
    copy = ann.app("drains", files)
    assert ann.push(copy).code == 0
    ann.ok("checks:set drains wait-to-retire 8")
    (old,) = system.containers("drains")
    answers: list[tuple[Page, float]] = []

    def fetch() -> None:
        page = ann.get("drains.paas.test", "/cgi-bin/slow")
        answers.append((page, time.monotonic()))

    request = threading.Thread(target=fetch)
    request.start()
    ann.ok("ps:restart drains")
    live = time.monotonic()
    request.join()

    [(page, answered)] = answers
    assert (page.status, page.body.strip()) == (200, "slow and whole")
    assert answered > live, "the request was over before the deploy was"
    deadline = time.monotonic() + 60
    while old in system.containers("drains"):
        assert time.monotonic() < deadline, "the old container is never removed"
        time.sleep(0.2)


def test_a_websocket_lives_on_until_its_process_is_told_to_go_and_then_killed(system: System, ann: Client) -> None:
    files = web(procfile="web: sh /www/serve.sh", extra={"www/serve.sh": STUBBORN, "www/socket.sh": SOCKET})
    copy = ann.app("socket", files)
    ann.ok("apps:create socket")
    ann.ok("ps:set socket stop-timeout-seconds 2")
    ann.ok("checks:set socket wait-to-retire 2")
    assert ann.push(copy).code == 0
    (old,) = system.containers("socket")

    with socket.create_connection(("127.0.0.1", ann.http_port), timeout=60) as connection:
        asked = ("GET / HTTP/1.1", "Host: socket.paas.test", "Upgrade: websocket", "Connection: Upgrade", "", "")
        connection.sendall("\r\n".join(asked).encode())
        lines = connection.makefile("rb")
        assert lines.readline() == b"HTTP/1.1 101 Switching Protocols\r\n"
        ann.ok("ps:restart socket")
        heard = list(lines)  # to the end of the connection

    assert b"tick\n" in heard
    assert heard[-1] == b"told\n", "SIGTERM came first, and it went on until it was killed"
    deadline = time.monotonic() + 60
    while old in system.containers("socket"):
        assert time.monotonic() < deadline, "the old container is never removed"
        time.sleep(0.2)
