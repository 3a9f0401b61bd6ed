"""What a plugin of a third party sees of an app's life, in the order of Dokku's (docs/dokku-triggers.md)."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from contracts import hookdocs, members
from paas import PaasError, Source, deployment, hookspecs, lifecycle, process, tasks
from paas.testing import Harness, Inventory
from paas_docker.testing import FakeDocker

DOCKERFILE = "FROM base:latest\nEXPOSE 5000\nCMD serve\n"
QUESTIONS = ("gather", "answer")
"""Shapes that ask for a value; they may be called whenever it is needed, so they have no order to hold."""
FRAME = ("builds_record_start", "builds_record_finalize")
"""What stands around everything that starts processes."""
ROOM = "require_room"
"""What is asked before anything is written."""
SHAPES = {
    hook.name: hook.shape.partition(" ")[0] for _, module in hookdocs.modules() for hook in hookdocs.declared(module)
}


@dataclass
class Recording:
    """A system with every plugin of ours, and one that writes down what it sees."""

    paas: Harness
    folder: Path

    def of(self, *argv: str, input: str = "", key: str | None = None) -> list[dict[str, Any]]:
        """The calls of hooks while a command runs."""
        self.paas.ok("recorder:forget")
        self.paas.ok(*argv, input=input, key=key)
        return self.calls()

    def of_a_push(self, **files: str) -> list[dict[str, Any]]:
        """The calls of hooks while a source of these files is received."""
        self.paas.ok("recorder:forget")
        app = self.paas.app()
        self.folder.mkdir(exist_ok=True)
        for name, text in {"Dockerfile": DOCKERFILE, **files}.items():
            (self.folder / name).write_text(text)
        with self.paas.inside():
            lifecycle.receive(app, Source(self.folder, "c0ffee" * 6, "git-push", "main"), "git push")
        return self.calls()

    def calls(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.paas.ok("recorder:calls").splitlines()]


@pytest.fixture
def recording(
    paas: Harness, inventory: Inventory, docker: FakeDocker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Recording]:
    monkeypatch.syspath_prepend(str(members.ROOT / "tests" / "recorder" / "src"))
    inventory.real = True
    from paas_recorder import commands, plugin

    inventory.add("paas.plugins", "recorder", plugin)
    inventory.add("paas.commands", "recorder", commands.app)
    paas.real.add("tar")
    paas.programs["sudo"] = lambda argv, given: ""
    docker.add_image("base:latest")
    paas.ok("scheduler-docker:set", "--global", "start-uptime", "0")
    yield Recording(paas, tmp_path / "source")
    for name in [name for name in sys.modules if name.startswith("paas_recorder")]:
        del sys.modules[name]


def steps(calls: list[dict[str, Any]]) -> list[str]:
    """The hooks that were called, in order, but for those that only ask for a value and those around all others."""
    left_out = (*FRAME, ROOM)
    return [call["hook"] for call in calls if SHAPES[call["hook"]] not in QUESTIONS and call["hook"] not in left_out]


def asked(calls: list[dict[str, Any]]) -> set[str]:
    """The hooks that were asked for a value."""
    return {call["hook"] for call in calls if SHAPES[call["hook"]] in QUESTIONS}


def seen(calls: list[dict[str, Any]], hook: str) -> list[dict[str, Any]]:
    """The arguments of each call of one hook."""
    return [{name: value for name, value in call.items() if name != "hook"} for call in calls if call["hook"] == hook]


ONE_CONTAINER = ["container_options", "post_container_create"]
PROXY = ["proxy_configure", "nginx_pre_reload"]
RELEASE = ["pre_release", "release"]
LIVE = ["post_deploy", "proxy_settle"]


def started(count: int) -> list[str]:
    """What happens while so many processes of a new release start."""
    return [*filled(count), "pre_promote"]


def filled(count: int) -> list[str]:
    """What happens while so many processes of any release start."""
    return ["pre_deploy", "deploy", *ONE_CONTAINER * count, *["check_deploy"] * count, *PROXY]


def test_a_push_goes_from_the_source_to_the_proxy(recording: Recording) -> None:
    recording.paas.app()

    calls = recording.of_a_push()

    assert steps(calls) == [
        "post_extract",
        "pre_receive",
        "pre_build",
        "build",
        "post_build",
        *RELEASE,
        *started(1),
        "scheduler_started",
        *LIVE,
        "deploy_source_set",
    ]
    assert seen(calls, "pre_build") == [{"app": "shop", "source": "git-push", "builder": "builder-dockerfile"}]
    assert seen(calls, "deploy") == [{"app": "shop", "release": 1, "slots": ["web.1"]}]
    assert seen(calls, "post_deploy") == [{"app": "shop", "release": 1}]
    assert {"check_policy", "startup_checks"} <= asked(calls)


@pytest.mark.parametrize("command", ["ps:restart shop", "ps:scale shop web=2", "config:set shop A=1"])
def test_what_starts_processes_has_a_record_around_it(recording: Recording, command: str) -> None:
    recording.paas.app()
    pushed = recording.of_a_push()
    others = recording.of(*command.split())

    doing = [call["hook"] for call in pushed if SHAPES[call["hook"]] not in QUESTIONS]
    assert [*doing[:2], doing[-1]] == [ROOM, *FRAME]
    assert seen(pushed, "builds_record_finalize")[0]["status"] == "succeeded"
    assert [call["hook"] for call in others if call["hook"] in FRAME] == list(FRAME)


def test_a_push_asks_for_all_that_a_release_holds(recording: Recording) -> None:
    wanted = {
        "builder_detect",
        "docker_args_build",
        "process_types",
        "formation",
        "app_environment",
        "container_mounts",
        "app_domains",
        "app_ports",
        "app_urls",
        "chosen_holder",
        "nginx_site_includes",
    }

    assert wanted <= asked(recording.of_a_push())


def test_a_second_push_lets_the_old_processes_go_once_the_new_ones_serve(recording: Recording) -> None:
    recording.of_a_push()

    calls = recording.of_a_push()

    assert steps(calls)[-7:] == [*PROXY, "pre_promote", "retire", *LIVE, "deploy_source_set"]
    [retired] = seen(calls, "retire")
    assert "wait_to_retire" in asked(calls)
    assert (retired["processes"], retired["after"]) == (["web.1"], deployment.DRAIN_SECONDS)


def test_a_push_that_is_refused_goes_no_further_and_is_live_for_nobody(recording: Recording) -> None:
    with pytest.raises(PaasError):
        recording.of_a_push(Dockerfile="FROM base:latest\nCMD exit 3\n")

    assert steps(recording.calls())[-4:] == ["deploy", *ONE_CONTAINER, "discard_image"]


def test_a_push_that_is_to_be_started_later_stops_before_the_deploy(recording: Recording) -> None:
    recording.paas.app()
    recording.paas.ok("ps:set", "shop", "skip-deploy", "true")

    calls = recording.of_a_push()

    assert "skip_deploy" in asked(calls)
    assert steps(calls)[-3:] == [*RELEASE, "deploy_source_set"]


def test_a_first_push_creates_its_app_unless_someone_refuses(
    recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "become", lambda argv, **given: None)
    monkeypatch.setattr(process, "copied", lambda carry_out: None)

    with mock.patch.dict(os.environ):  # what it hands over to git is not for the tests that follow
        calls = recording.of("git-receive-pack", "shop", key="ann")

    assert steps(calls) == ["authorize", "pre_autocreate", "post_create"]
    assert seen(calls, ROOM) == [{"is_deploy": False}]


def test_a_key_is_asked_about_for_each_command_and_app(recording: Recording) -> None:
    recording.paas.app()

    calls = recording.of("apps:report", "shop", key="ann")

    assert seen(calls, "authorize") == [{"caller": "ann", "verb": "apps:report", "app": "shop"}]
    assert steps(recording.of("apps:report", "shop")) == []


def test_what_a_key_sees_in_a_list_can_be_narrowed(recording: Recording) -> None:
    recording.paas.app()

    assert seen(recording.of("apps:list", key="ann"), "visible_apps") == [{"apps": ["shop"], "caller": "ann"}]


def test_a_clone_over_ssh_can_be_refused_and_is_told_of(recording: Recording) -> None:
    recording.paas.app()

    calls = recording.of("git-upload-pack", "shop", input="0000", key="ann")  # a client that wants nothing

    assert steps(calls) == ["authorize", "git_pre_pull", "git_post_pull"]


def test_a_branch_that_does_not_deploy_is_offered_to_plugins(recording: Recording) -> None:
    recording.paas.app()
    recording.paas.ok("git:set", "shop", "deploy-branch", "main")
    repository = recording.paas.paths.repository("shop")

    calls = recording.of("git-hook", str(repository), input=f"{'0' * 40} {'c0ffee' * 6}cafe refs/heads/topic\n")

    assert seen(calls, "receive_branch") == [
        {"app": "shop", "revision": f"{'c0ffee' * 6}cafe", "ref": "refs/heads/topic"}
    ]


def test_a_scale_starts_what_is_missing_and_makes_no_release(recording: Recording) -> None:
    recording.of_a_push()

    up = recording.of("ps:scale", "shop", "web=3")
    down = recording.of("ps:scale", "shop", "web=1")

    assert steps(up) == [*filled(2), *LIVE, "post_scale"]
    assert seen(up, "deploy") == [{"app": "shop", "release": 1, "slots": ["web.2", "web.3"]}]
    assert steps(down) == ["pre_deploy", *PROXY, "retire", *LIVE, "post_scale"]


def test_a_restart_replaces_every_process(recording: Recording) -> None:
    recording.of_a_push()

    calls = recording.of("ps:restart", "shop")

    assert steps(calls) == [*RELEASE, *started(1), "retire", *LIVE]


def test_a_rollback_restores_what_plugins_have_kept_before_it_starts_and_as_it_goes_live(recording: Recording) -> None:
    recording.of_a_push()
    recording.paas.ok("config:set", "shop", "COLOUR=blue")

    calls = recording.of("releases:rollback", "shop")

    assert steps(calls) == [
        "pre_release",
        "restore_parts",
        "release",
        *started(1),
        "restore_parts",
        "retire",
        *LIVE,
        "post_config_update",
        "post_restore_parts",
    ]
    assert {"release_parts"} <= asked(calls)


def test_what_plugins_need_is_asked_before_images_go(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    recording.of_a_push()
    recording.of_a_push(extra="another image")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + deployment.DRAIN_SECONDS + 1)

    assert "needed_images" in asked(recording.of("tick"))


def test_a_change_of_config_is_told_by_names_and_restarts(recording: Recording) -> None:
    recording.of_a_push()

    calls = recording.of("config:set", "shop", "SECRET=xyzzy", "COLOUR=blue")

    [told] = seen(calls, "post_config_update")
    assert (told["app"], told["action"], sorted(told["keys"])) == ("shop", "set", ["COLOUR", "SECRET"])
    assert steps(calls) == ["post_config_update", *RELEASE, *started(1), "retire", *LIVE]
    assert "xyzzy" not in json.dumps(calls)


def test_a_rebuild_builds_the_live_commit(recording: Recording) -> None:
    recording.paas.app()
    recording.folder.mkdir()
    (recording.folder / "Dockerfile").write_text(DOCKERFILE)
    recording.of("git:from-directory", "shop", str(recording.folder))

    calls = recording.of("ps:rebuild", "shop")

    assert "source_of" in asked(calls)
    assert steps(calls)[:4] == ["post_extract", "pre_receive", "pre_build", "build"]


def test_a_clone_that_was_not_deployed_can_be_built(recording: Recording) -> None:
    recording.paas.app()
    recording.folder.mkdir()
    (recording.folder / "Dockerfile").write_text(DOCKERFILE)
    recording.of("git:from-directory", "shop", str(recording.folder))
    recording.of("apps:clone", "--skip-deploy", "shop", "copy")

    calls = recording.of("ps:rebuild", "copy")

    assert steps(calls)[:4] == ["post_extract", "pre_receive", "pre_build", "build"]
    assert recording.paas.ok("ps:report", "copy", "--deployed") == "true\n"


def test_what_leads_to_an_app_is_served_before_plugins_hear_of_it(recording: Recording) -> None:
    recording.of_a_push()

    domain = recording.of("domains:add", "shop", "shop.example.com")
    port = recording.of("ports:add", "shop", "http:8080:5000")

    assert steps(domain) == [*PROXY, "post_domains_update"]
    assert seen(domain, "post_domains_update") == [{"app": "shop", "action": "add", "domains": ["shop.example.com"]}]
    assert steps(port) == [*PROXY, "post_proxy_ports_update"]


def test_an_apps_own_domain_in_a_global_one_can_be_another(recording: Recording) -> None:
    recording.paas.app()
    recording.paas.ok("domains:set-global", "example.com")

    asked_for = seen(recording.of("domains:report", "shop"), "nginx_hostname")

    assert {"hostname": "shop.example.com", "app": "shop", "vhost": "example.com"} in asked_for


def test_a_rename_tells_of_the_new_name_before_and_after_the_processes_have_it(recording: Recording) -> None:
    recording.of_a_push()

    calls = recording.of("apps:rename", "shop", "store")

    assert steps(calls) == [
        "post_app_rename_setup",
        *RELEASE,
        *started(1),
        "retire",
        *LIVE,
        "post_app_rename",
    ]
    assert seen(calls, "post_app_rename") == [{"app": "store", "old_name": "shop"}]


def test_a_clone_is_an_app_of_its_own_before_it_is_deployed(recording: Recording) -> None:
    recording.of_a_push()

    calls = recording.of("apps:clone", "shop", "copy")

    assert steps(calls) == [
        "post_create",
        "post_app_clone_setup",
        *RELEASE,
        *started(1),
        "scheduler_started",
        *LIVE,
        "post_app_clone",
    ]
    assert seen(calls, "post_app_clone") == [{"app": "shop", "copy": "copy"}]


def test_a_stop_and_a_start(recording: Recording) -> None:
    recording.of_a_push()

    assert steps(recording.of("ps:stop", "shop")) == [*PROXY, "retire", "post_stop"]
    assert steps(recording.of("ps:start", "shop")) == ["pre_start", *RELEASE, *started(1), *LIVE]


def test_a_destroy_may_be_refused_and_ends_with_nothing_running(recording: Recording) -> None:
    recording.of_a_push()

    calls = recording.of("apps:destroy", "--force", "shop")

    assert steps(calls) == ["pre_delete", "retire", "proxy_clear_config", "nginx_pre_reload", "post_delete"]


def test_a_look_at_processes_asks_the_scheduler(recording: Recording) -> None:
    recording.of_a_push()

    assert "scheduler_app_status" in steps(recording.of("ps:report", "shop"))
    assert "scheduler_check" in steps(recording.of("checks:run", "shop"))
    assert "scheduler_inspect" in steps(recording.of("ps:inspect", "shop"))
    assert "scheduler_logs" in steps(recording.of("logs", "shop"))
    assert "scheduler_logs_failed" in steps(recording.of("logs:failed", "shop"))


def test_time_passes_for_everyone_and_a_task_goes_to_whoever_planned_it(
    recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording.of_a_push()
    recording.of_a_push()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + deployment.DRAIN_SECONDS + 1)

    calls = recording.of("tick")

    assert steps(calls) == ["scheduler_started", "tick"], "perform is for the scheduler alone, which planned it"
    with recording.paas.inside():
        assert tasks.planned("scheduler-docker") == []


def test_whoever_only_watches_a_role_does_not_hold_it(recording: Recording) -> None:
    plugins = recording.paas.plugins()

    assert "recorder" in plugins.order
    assert [role for role in hookspecs.ROLES if "recorder" in plugins.holders(role)] == []
