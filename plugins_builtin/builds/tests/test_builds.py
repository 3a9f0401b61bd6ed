from __future__ import annotations

import json
import os
import select
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from paas import App, PaasError, apps, hookimpl, locks
from paas.cancelling import Cancelled
from paas.testing import Harness, Inventory
from paas_builds import showing
from paas_builds.cancelling import ask
from paas_builds.pruning import too_many
from paas_builds.records import Record, Status
from paas_scheduler_docker.testing import Stage

Beginning = Callable[..., "Ended"]


@pytest.fixture
def stage_also() -> Sequence[str]:
    return ("paas-builds", "paas-config", "paas-pauses")


class Ended:
    """A deploy in a process of its own, which has come to a pause."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.ended: int | None = None

    def code(self) -> int:
        """How it ended: 0 live, 7 cancelled, less than 0 the signal that killed it."""
        if self.ended is None:
            self.ended = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.ended


@pytest.fixture
def begin(stage: Stage, inventory: Inventory) -> Iterator[Beginning]:
    """Begin a deploy of `shop` that waits at a hook until it is told to stop."""
    begun: list[Ended] = []
    ready, pausing = os.pipe()
    pauses_at = ""

    def pause(app: App, name: str) -> None:
        if app.name == "shop" and name == pauses_at:
            os.write(pausing, b".")
            time.sleep(0.5 if name == "post_deploy" else 60)

    @hookimpl
    def pre_build(app: App) -> None:
        pause(app, "pre_build")

    @hookimpl
    def pre_deploy(app: App) -> None:
        pause(app, "pre_deploy")

    @hookimpl
    def post_deploy(app: App) -> None:
        pause(app, "post_deploy")

    inventory.plugin("pauses", pre_build, pre_deploy, post_deploy)

    def at(hook: str, command: Callable[[], object] | None = None) -> Ended:
        nonlocal pauses_at
        pauses_at = hook
        stage.paas.app("shop")
        child = os.fork()
        if not child:
            code = 1
            try:
                (command or (lambda: stage.deploy(Procfile="web: serve\n")))()
                code = 0
            except Cancelled:
                code = 7
            finally:
                os._exit(code)
        pauses_at = ""
        ended = Ended(child)
        begun.append(ended)
        assert select.select([ready], [], [], 30)[0], "it never came to its pause"
        os.read(ready, 1)
        return ended

    yield at
    for ended in begun:
        if ended.ended is None:
            os.kill(ended.pid, signal.SIGKILL)
            ended.code()
    os.close(ready)
    os.close(pausing)


def listed(paas: Harness, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(paas.ok("builds:list", *words, "--format", "json"))
    return found


def test_a_push_is_a_build_and_a_restart_a_deploy(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile="web: serve\n")
    paas.ok("ps:restart", "shop", key="ann")
    paas.ok("config:set", "shop", "A=1")

    found = listed(paas, "shop")

    assert [(b["kind"], b["source"], b["status"]) for b in found] == [
        ("deploy", "config:set", "succeeded"),
        ("deploy", "ps:restart", "succeeded"),
        ("build", "git push", "succeeded"),
    ]
    assert found[1]["created_by"] == "ann"
    assert found[2]["pid"] == os.getpid()
    assert found[2]["duration"] >= 0
    lines = paas.ok("builds:list", "shop").splitlines()
    assert lines[0] == "=====> shop builds"
    assert lines[1].split() == ["Build", "App", "Kind", "Status", "Source", "By", "Started", "Duration"]
    assert lines[2].split()[:5] == [found[0]["id"], "shop", "deploy", "succeeded", "config:set"]


def test_a_list_can_be_narrowed(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile="web: serve\n")
    with paas.inside(), pytest.raises(PaasError):
        stage.deploy(Procfile="web: exit 3\n")
    paas.ok("ps:restart", "shop")

    assert [b["source"] for b in listed(paas, "shop", "--kind", "deploy")] == ["ps:restart"]
    assert [b["kind"] for b in listed(paas, "shop", "--status", "failed")] == ["build"]
    assert paas.run("builds:list", "shop", "--status", "odd").exit_code == 2
    assert listed(paas) == [], "nothing is going on"


def test_what_a_build_printed_can_be_read_with_the_reason_of_its_failure(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile="web: serve\n")
    with paas.inside(), pytest.raises(PaasError):
        stage.deploy(Procfile="web: exit 3\n")
    newest, oldest = (b["id"] for b in listed(paas, "shop"))

    assert "Application deployed" in paas.ok("builds:output", "shop", oldest)
    for words in ((), ("current",), (newest,)):
        *_, reason, remedy = paas.ok("builds:output", "shop", *words).splitlines()
        assert "Could not start shop web.1" in reason
        assert "logs:failed shop shows what it printed" in remedy


def test_a_build_that_is_going_on_is_followed_to_its_end(stage: Stage, paas: Harness, begin: Beginning) -> None:
    build = begin("post_deploy")

    printed = paas.ok("builds:output", "shop")

    assert "=====> Application deployed:" in printed, "which it said after we began to read"
    assert build.code() == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("builds:info", "shop", "nothing"), "shop has no build 'nothing'"),
        (("builds:output", "shop"), "shop has no build yet"),
        (("builds:output", "shop", "../../state"), "shop has no build"),
        (("builds:cancel", "shop"), "Nothing of shop is being built or deployed"),
    ],
)
def test_what_is_not_there_is_said_so(stage: Stage, paas: Harness, words: Sequence[str], said: str) -> None:
    paas.app("shop")

    refused = paas.run(*words)

    assert refused.exit_code == 1
    assert said in refused.stderr


def test_a_build_is_shown_with_all_that_is_known_of_it(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile="web: serve\n")
    id = listed(paas, "shop")[0]["id"]

    fields = dict(line.strip().split(":", 1) for line in paas.ok("builds:info", "shop", id).splitlines()[1:])

    assert fields["Status"].strip() == "succeeded"
    assert fields["By"].strip() == "root"
    assert json.loads(paas.ok("builds:info", "shop", id, "--format", "json"))["id"] == id


# Cancelling


@pytest.mark.parametrize("hook", ["pre_build", "pre_deploy"])
def test_a_build_is_cancelled_at_any_phase_before_it_is_live(
    stage: Stage, paas: Harness, begin: Beginning, hook: str
) -> None:
    stage.deploy(Procfile="web: serve\n")
    build = begin(hook)
    assert [b["status"] for b in listed(paas)] == ["running"]

    printed = paas.ok("builds:cancel", "shop", key="bob")

    assert build.code() == 7
    newest = listed(paas, "shop")[0]
    assert (newest["status"], newest["cancelled_by"]) == ("canceled", "bob")
    assert f"=====> Build {newest['id']} of shop is cancelled" in printed
    assert paas.ok("builds:output", "shop").splitlines()[-2:] == [
        " !     Cancelled on request. What ran before goes on running.",
        f" !     Build {newest['id']} was cancelled by bob.",
    ]
    assert listed(paas) == []
    stage.deploy(Procfile="web: serve\n")


def test_a_restart_is_cancelled_as_well(stage: Stage, paas: Harness, begin: Beginning) -> None:
    stage.deploy(Procfile="web: serve\n")
    build = begin("pre_deploy", lambda: paas.run("ps:restart", "shop").exit_code == 130 and os._exit(7))

    paas.ok("builds:cancel", "shop")

    assert build.code() == 7


def test_what_is_live_already_is_not_cancelled(stage: Stage, paas: Harness, begin: Beginning) -> None:
    build = begin("post_deploy")

    refused = paas.run("builds:cancel", "shop")

    assert refused.exit_code == 1
    assert "It was too late" in refused.stderr
    assert build.code() == 0
    assert listed(paas, "shop")[0]["status"] == "succeeded"


def test_a_command_that_is_no_build_is_not_cancelled(stage: Stage, paas: Harness) -> None:
    shop = paas.app("shop")

    with paas.inside(), locks.deploying(shop.id, shop.name, "apps:destroy"):
        refused = paas.run("builds:cancel", "shop")

    assert refused.exit_code == 1
    assert "apps:destroy of shop by root can't be cancelled" in refused.stderr


def test_one_of_several_that_follow_each_other_is_cancelled_alone(
    stage: Stage, paas: Harness, begin: Beginning
) -> None:
    for name in ("blog", "shop", "wiki"):
        stage.deploy(name, Procfile="web: serve\n")

    def restart_all() -> None:
        result = paas.run("ps:restart", "--all")
        lines = result.stderr.splitlines()
        assert result.exit_code == 1
        assert " !     shop: Cancelled on request. What ran before goes on running." in lines
        assert " !     Failed for shop." in lines

    build = begin("pre_deploy", restart_all)
    paas.ok("builds:cancel", "shop")

    assert build.code() == 0
    assert {name: [found["status"] for found in listed(paas, name)] for name in ("blog", "shop", "wiki")} == {
        "blog": ["succeeded", "succeeded"],
        "shop": ["canceled", "succeeded"],
        "wiki": ["succeeded", "succeeded"],
    }


def test_one_of_several_at_once_in_a_command_is_not_cancelled(
    stage: Stage, paas: Harness, begin: Beginning, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("paas.cancelling.is_allowed", lambda: False)
    begin("pre_build")

    refused = paas.run("builds:cancel", "shop")

    assert refused.exit_code == 1
    assert "one of several at once in one command" in refused.stderr
    assert [b["status"] for b in listed(paas)] == ["running"]


def test_only_the_process_that_holds_the_app_is_asked(paas: Harness, begin: Beginning) -> None:
    build = begin("pre_build")
    with paas.inside():
        holder = locks.holder(apps.load("shop").id)
    assert holder

    assert not ask(replace(holder, born=holder.born + 1)), "a stranger has the number by now"
    assert ask(holder)

    assert build.code() == 7
    assert not ask(holder), "it is gone"


# Killed ones, and old ones


def test_a_build_that_was_killed_is_abandoned_and_by_the_next_one_failed(
    stage: Stage, paas: Harness, begin: Beginning
) -> None:
    build = begin("pre_build")
    os.kill(build.pid, signal.SIGKILL)
    assert build.code() == -signal.SIGKILL

    assert [b["status"] for b in listed(paas, "shop")] == ["abandoned"]
    assert listed(paas) == []
    assert "Nothing of shop" in paas.run("builds:cancel", "shop").stderr
    assert listed(paas, "shop")[0]["duration"] is None
    assert "-----> Building" not in paas.ok("builds:output", "shop"), "which ends, since nothing is going on"

    stage.deploy(Procfile="web: serve\n")
    assert [b["status"] for b in listed(paas, "shop")] == ["succeeded", "failed"]


def test_a_prune_says_of_killed_builds_that_they_failed(stage: Stage, paas: Harness, begin: Beginning) -> None:
    build = begin("pre_build")
    os.kill(build.pid, signal.SIGKILL)
    build.code()

    paas.ok("builds:prune", "--all-apps")

    assert [b["status"] for b in listed(paas, "shop")] == ["failed"]


def test_as_many_builds_stay_as_are_to_be_kept_with_their_logs_and_no_others(stage: Stage, paas: Harness) -> None:
    folder = paas.paths.app("shop") / "builds"
    paas.ok("builds:set", "--global", "retention", "2")
    stage.deploy(Procfile="web: serve\n")
    (folder / "20260101T000000.log").write_text("of an older version of ours")
    for _ in range(2):
        paas.ok("ps:restart", "shop")

    kept = [b["id"] for b in listed(paas, "shop")]
    assert len(kept) == 2
    assert {file.stem for file in folder.iterdir()} == set(kept)

    paas.ok("builds:set", "shop", "retention", "1")
    assert paas.ok("builds:prune", "shop") == "-----> Pruned 1 builds of shop\n"
    assert [b["id"] for b in listed(paas, "shop")] == kept[:1]


def test_what_is_going_on_is_never_too_much() -> None:
    app = App(1, "shop", 0)
    found = [Record(str(n), app, "build", "", "", 1, 0, status, 1, None) for n, status in enumerate(Status)]

    assert [record.status for record in too_many(found, 1)] == [Status.failed, Status.canceled, Status.abandoned]


@pytest.mark.parametrize(("seconds", "said"), [(None, "-"), (4.21, "4.2s"), (59.94, "59.9s"), (123.9, "2m 03s")])
def test_a_duration_is_short_to_read(seconds: float | None, said: str) -> None:
    assert showing.duration(seconds) == said


# The life of an app


def test_builds_go_with_a_renamed_app_and_are_gone_with_a_destroyed_one(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile="web: serve\n")
    id = listed(paas, "shop")[0]["id"]
    paas.ok("apps:rename", "shop", "store")

    assert "Application deployed" in paas.ok("builds:output", "store", id)
    assert listed(paas, "store")[0]["source"] == "apps:rename"

    paas.ok("apps:destroy", "--force", "store")
    paas.app("store")
    assert listed(paas, "store") == []


def test_a_clone_has_a_build_of_its_own_and_the_settings(stage: Stage, paas: Harness) -> None:
    stage.deploy(Procfile="web: serve\n")
    paas.ok("builds:set", "shop", "retention", "7")

    paas.ok("apps:clone", "shop", "copy")

    assert [b["source"] for b in listed(paas, "copy")] == ["apps:clone"]
    assert paas.ok("builds:report", "copy", "--builds-retention") == "7\n"
