"""A third party's plugin sees every hook that mirrors a trigger of Dokku's, in its order and with its meaning."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from contracts.triggers import ROWS
from testbed.client import Client, web
from testbed.system import REPOSITORY, System

MIRRORED = {row.names[0] for row in ROWS if row.word == "mirrored"}


@dataclass
class Recorder:
    """The plugin of `tests/recorder`, installed as anyone would.

    Attributes:
        seen: The names of all hooks so far.
    """

    system: System
    seen: set[str]

    def of(self, command: Callable[[], object]) -> list[dict[str, Any]]:
        """The calls that mirror a trigger while a command runs: hook and arguments."""
        self.system.ok("recorder:forget")
        command()
        calls = [json.loads(line) for line in self.system.ok("recorder:calls").splitlines()]
        self.seen |= {call["hook"] for call in calls}
        return [call for call in calls if call["hook"] in MIRRORED]


@pytest.fixture
def recorder(system: System) -> Iterator[Recorder]:
    system.ok("plugin:install", str(REPOSITORY / "tests" / "recorder"))
    yield Recorder(system, set())
    system.ok("plugin:uninstall", "recorder")


def test_every_mirrored_trigger_is_seen_in_its_place(recorder: Recorder, system: System, ann: Client) -> None:
    copy = ann.app("taped", web("one", extra={"app.json": '{"scripts": {"dokku": {"predeploy": "echo ready"}}}'}))

    pushed = names(recorder.of(lambda: ann.ok("apps:create taped") + push(ann, copy)))
    scaled = recorder.of(lambda: ann.ok("ps:scale taped web=2"))
    restarted = names(recorder.of(lambda: ann.ok("ps:restart taped")))
    renamed = recorder.of(lambda: ann.ok("apps:rename taped tape"))
    recorder.of(lambda: the_rest(system, ann, copy))
    destroyed = recorder.of(lambda: ann.ok("apps:destroy tape --force"))

    # Dokku's order of a push, of which each step is the one meant
    deploy = ["scheduler-deploy", "post-container-create", "check-deploy", "proxy-build-config", "nginx-pre-reload"]
    assert in_order(pushed, "post-create", "post-extract", "builder-detect", "pre-build", "builder-build", "post-build")
    assert in_order(pushed, "post-build", *deploy, "post-deploy", "deploy-source-set")
    assert in_order(names(scaled), *deploy, "post-deploy")
    assert in_order(restarted, *deploy, "post-deploy")
    assert in_order(names(renamed), "post-app-rename-setup", *deploy, "post-deploy", "post-app-rename")
    assert in_order(names(destroyed), "pre-delete", "proxy-clear-config", "post-delete")
    # and a restart and a scale build nothing
    assert not {"build", "post_extract"} & {*restarted, *names(scaled)}
    # with the meaning: what it is about
    assert arguments(scaled, "deploy")["slots"] == ["web.2"]
    assert arguments(renamed, "post_app_rename") == {"app": "tape", "old_name": "taped"}
    assert arguments(destroyed, "post_delete")["app"] == "tape"

    assert MIRRORED - recorder.seen == set()


def the_rest(system: System, ann: Client, copy: Path) -> None:
    """The commands that call the hooks that a push, scale, restart, rename and destroy don't."""
    for command in (
        "config:set tape COLOUR=blue",
        "domains:add tape tape.example.com",
        "certs:generate tape tape.example.com",
        "certs:remove tape",
        "ports:add tape http:8080:5000",
        "ps:stop tape",
        "ps:start tape",
        "ps:report tape",
        "ps:inspect tape",
        "logs tape",
        "logs:failed tape",
        "run tape echo hello",
        "enter tape -- echo hello",
        "run:detached tape sleep 600",
        "run:list tape",
        "run:logs tape",
        "run:retire tape",
        "run:stop tape",
        "apps:clone tape copied",
        "apps:destroy copied --force",
        "apps:list",
    ):
        ann.ok(command)
    cloned = ann.git(copy.parent, "clone", "--quiet", ann.url("tape"), "cloned")
    assert cloned.code == 0, cloned.all
    ann.git(copy, "push", ann.url("tape"), "main:preview")
    system.ok("plugin:install", "maintenance")
    system.ok("plugin:uninstall", "maintenance")


def push(ann: Client, copy: Path) -> str:
    pushed = ann.push(copy)
    assert pushed.code == 0, pushed.all
    return pushed.err


def names(calls: list[dict[str, Any]]) -> list[str]:
    return [call["hook"] for call in calls]


def arguments(calls: list[dict[str, Any]], hook: str) -> dict[str, Any]:
    """Those of the only call of a hook."""
    [call] = [call for call in calls if call["hook"] == hook]
    return {name: value for name, value in call.items() if name != "hook"}


def in_order(called: list[str], *triggers: str) -> bool:
    """Whether the hooks that mirror these triggers were called one after the other."""
    hook = {row.trigger: row.names[0] for row in ROWS if row.names}
    rest = iter(called)
    missing = [trigger for trigger in triggers if hook[trigger] not in rest]
    assert not missing, f"{missing} not in their place in {called}"
    return True
