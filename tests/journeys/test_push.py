"""From a push to a page, and what refuses a push."""

from __future__ import annotations

import re
import tarfile
import threading

import pytest

from testbed.client import Answer, Client, web
from testbed.system import System

pytestmark = pytest.mark.usefixtures("agreement")


def test_a_first_push_creates_the_app_and_serves_it(system: System, ann: Client) -> None:
    copy = ann.app("first", web("hello"))

    pushed = ann.push(copy)

    assert pushed.code == 0, pushed.all
    assert "=====> Application deployed:" in pushed.err
    assert re.search(r"http://first\.paas\.test(:\d+)?\s", pushed.err)
    assert ann.get("first.paas.test").body == "hello"
    assert "first" in ann.ok("apps:list").split()


def test_a_second_push_changes_the_page(ann: Client) -> None:
    copy = ann.app("second", web("one"))
    assert ann.push(copy).code == 0

    ann.commit(copy, {"www/index.html": "two"})
    pushed = ann.push(copy)

    assert pushed.code == 0, pushed.all
    assert ann.get("second.paas.test").body == "two"


def test_a_broken_build_refuses_the_push_and_the_old_release_serves(system: System, ann: Client) -> None:
    copy = ann.app("broken", web("works"))
    assert ann.push(copy).code == 0
    images = system.images("broken")

    ann.commit(copy, {"Dockerfile": "FROM scratch\nCOPY missing /\n"})
    pushed = ann.push(copy)

    assert pushed.code == 1
    assert "pre-receive hook declined" in pushed.err
    assert "App build failed" in pushed.err
    assert "missing" in pushed.err
    assert ann.get("broken.paas.test").body == "works"
    assert system.images("broken") == images

    ann.git(copy, "reset", "--quiet", "--hard", "HEAD~1")
    ann.commit(copy, {"www/index.html": "mended"})
    assert ann.push(copy).code == 0
    assert ann.get("broken.paas.test").body == "mended"


def test_an_app_that_exits_at_once_is_refused_with_its_log(system: System, ann: Client) -> None:
    copy = ann.app("exits", web("old"))
    assert ann.push(copy).code == 0
    images, containers = system.images("exits"), system.containers("exits")

    ann.commit(copy, {"Procfile": "web: sh -c 'echo no database here; exit 3'\n"})
    pushed = ann.push(copy)

    assert pushed.code == 1
    assert "no database here" in pushed.err
    assert "Could not start exits web.1" in pushed.err
    assert ann.get("exits.paas.test").body == "old"
    assert (system.images("exits"), system.containers("exits")) == (images, containers)
    assert "no database here" in ann.ok("logs:failed exits")


def test_all_process_types_start_or_none(system: System, ann: Client) -> None:
    procfile = "web: httpd -f -p $PORT -h /www\nworker: sh -c 'while true; do echo at work; sleep 1; done'\n"
    copy = ann.app("types", web("one", procfile))
    assert ann.push(copy).code == 0
    assert system.slots("types") == ["web.1"]

    ann.ok("ps:scale types worker=1")
    assert system.slots("types") == ["web.1", "worker.1"]
    assert re.search(r"^\S+Z app\[worker\.1\]: at work$", ann.ok("logs types -p worker"), re.MULTILINE)

    before = system.containers("types")
    ann.commit(copy, {"Procfile": procfile.replace("echo at work", "exit 1"), "www/index.html": "two"})
    assert ann.push(copy).code == 1
    assert ann.get("types.paas.test").body == "one"
    assert system.containers("types") == before


def test_a_push_of_another_branch_deploys_nothing(ann: Client) -> None:
    copy = ann.app("branches", web("main"))
    assert ann.push(copy).code == 0

    ann.commit(copy, {"www/index.html": "other"})
    pushed = ann.push(copy, ref="HEAD:other")

    assert pushed.code == 0
    assert "must push to main" in pushed.err
    assert ann.get("branches.paas.test").body == "main"


@pytest.mark.parametrize(
    ("name", "files", "reason"),
    [
        ("nothing", {"README": "no Dockerfile"}, "buildpacks"),
        ("procfile", web(procfile="web\n"), "line 1"),
        ("binary", web(extra={"Procfile": b"\xff\xfe\0"}), "Procfile is not UTF-8"),
        ("bad-json", web(extra={"app.json": "{"}), "app.json is not JSON"),
    ],
)
def test_a_source_that_cannot_be_deployed_is_refused(
    system: System, ann: Client, name: str, files: dict[str, str | bytes], reason: str
) -> None:
    copy = ann.app(name, files)

    pushed = ann.push(copy)

    assert pushed.code == 1
    assert reason in pushed.err
    assert "Traceback" not in pushed.err
    assert system.containers(name) == []
    assert system.images(name) == []


def test_two_pushes_at_once_never_mix(ann: Client) -> None:
    files = web("zero")
    files["Dockerfile"] = str(files["Dockerfile"]).replace("COPY www", "RUN sleep 2\nCOPY www")
    copy = ann.app("twice", files)
    assert ann.push(copy).code == 0
    other = ann.folder / "other"
    ann.git(copy, "clone", "--quiet", str(copy), str(other))
    ann.commit(copy, {"www/index.html": "one", "salt": "1"})
    ann.commit(other, {"www/index.html": "two", "salt": "2"})
    answers: dict[str, Answer] = {}
    pushes = [
        threading.Thread(target=lambda: answers.update(one=ann.push(copy, "twice"))),
        threading.Thread(target=lambda: answers.update(two=ann.push(other, "twice"))),
    ]

    for push in pushes:
        push.start()
    for push in pushes:
        push.join()

    won = [name for name, answer in answers.items() if answer.code == 0]
    lost = next(answer for name, answer in answers.items() if name not in won)
    assert len(won) == 1, answers
    assert "deploy lock in place" in lost.err or "fetch first" in lost.err or "non-fast-forward" in lost.err
    assert ann.get("twice.paas.test").body == won[0]
    assert (
        ann.ok("git:report twice --git-sha").strip()
        == ann.git(copy if won == ["one"] else other, "rev-parse", "HEAD").out.strip()
    )


def test_an_app_can_be_cloned_from_the_server(ann: Client) -> None:
    copy = ann.app("cloned", web("hello"))
    assert ann.push(copy).code == 0

    fetched = ann.git(ann.folder, "clone", "--quiet", "--branch", "main", ann.url("cloned"), "again")

    assert fetched.code == 0, fetched.all
    assert (ann.folder / "again" / "www" / "index.html").read_text() == "hello"
    archive = ann.folder / "cloned.tar"
    archived = ann.git(ann.folder, "archive", f"--remote={ann.url('cloned')}", "--output", str(archive), "main")
    assert archived.code == 0, archived.all
    with tarfile.open(archive) as files:
        assert "www/index.html" in files.getnames()
    assert ann.git(ann.folder, "clone", ann.url("never-was"), "never").code != 0
    assert ann.ssh("apps:exists never-was").code == 20
