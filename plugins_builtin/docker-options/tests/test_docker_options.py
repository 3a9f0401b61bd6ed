from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from paas import apps, hooks, releases
from paas.testing import Harness
from paas_docker import hookspecs
from paas_docker.testing import FakeDocker
from paas_docker_options import checking, fields, kept, plugin
from paas_scheduler_docker.testing import Stage


@pytest.fixture
def stage_also() -> Sequence[str]:
    return ["paas-docker-options"]


def listed(paas: Harness, phase: str, *words: str, name: str = "shop") -> list[str]:
    return paas.ok("docker-options:list", "--phase", phase, *words, name).splitlines()


def asked(paas: Harness, docker: FakeDocker, type: str) -> Mapping[str, Any]:
    """The request that made the container of a process."""
    app = paas.app()
    with paas.inside():
        (process,) = [process for process in releases.processes(app) if process.slot.type == type]
    return docker.inspect(process.container)


# Taking effect


def test_options_hold_from_the_next_start_on(stage: Stage, paas: Harness, docker: FakeDocker) -> None:
    stage.deploy(Procfile="web: serve\nworker: work\n")
    paas.ok("ps:scale", "shop", "worker=1")
    paas.ok("docker-options:add", "shop", "deploy", "--shm-size=64m", "--ulimit", "nofile=1024:2048")
    paas.ok("docker-options:add", "--process", "worker", "shop", "deploy", "--shm-size=128m", "--cap-drop", "ALL")
    assert "ShmSize" not in asked(paas, docker, "web")["HostConfig"]

    paas.ok("ps:restart", "shop")

    web, worker = (asked(paas, docker, type)["HostConfig"] for type in ("web", "worker"))
    assert (web["ShmSize"], web.get("CapDrop")) == (64 << 20, None)
    assert web["Ulimits"] == [{"Name": "nofile", "Soft": 1024, "Hard": 2048}]
    assert (worker["ShmSize"], worker["CapDrop"]) == (128 << 20, ["ALL"]), "what a type has of its own comes last"


def test_a_command_gets_those_of_run_and_a_build_those_of_build(paas: Harness, stage: Stage) -> None:
    release = stage.deploy(Procfile="web: serve\n")
    paas.ok("docker-options:add", "shop", "build", "--build-arg", "VERSION=3")
    paas.ok("docker-options:add", "shop", "run", "--read-only")
    app = paas.app()
    with paas.inside():
        assert kept.of_container(app, "run", is_process="run" in release.processes) == ["--read-only"]
        assert kept.of_container(app, "web", is_process=True) == []
        words = hooks.gather(hookspecs.docker_args_build, app, stage.source())

    assert words == ["--build-arg=VERSION=3"]


def test_where_buildpacks_run_the_options_of_builds_hold_that_a_container_has(paas: Harness) -> None:
    from paas_docker.api import Container

    app = paas.app()
    for option in ("--build-arg=VERSION=3", "--shm-size=64m", "--no-cache"):
        paas.ok("docker-options:add", "shop", "build", option)
    paas.ok("docker-options:add", "shop", "deploy", "--read-only")

    with paas.inside():
        made = plugin.build_container(Container("shop.build", "stack"), app)

    assert (made.host, made.options) == ({"ShmSize": 64 << 20}, {})


def test_an_option_is_a_field_of_dockers_request(paas: Harness) -> None:
    from paas_docker.api import Container

    words = ["--tmpfs=/a:size=1m", "--tmpfs=/b", "--add-host=db:10.0.0.5", "--cpus=0.5", "--user=1000", "--read-only"]

    made = fields.applied(Container("shop.web.1", "image", host={"ExtraHosts": ["a:10.0.0.1"]}), words)

    assert made.options == {"User": "1000"}
    assert made.host == {
        "ExtraHosts": ["a:10.0.0.1", "db:10.0.0.5"],
        "Tmpfs": {"/a": "size=1m", "/b": ""},
        "NanoCpus": 500_000_000,
        "ReadonlyRootfs": True,
    }


# Adding and taking away


@pytest.mark.parametrize(
    "words",
    [
        ("--shm-size=64m",),
        ("--shm-size", "64m"),
        ("--shm-size 64m",),
    ],
)
def test_an_option_is_kept_as_one_word_however_it_was_written(paas: Harness, words: Sequence[str]) -> None:
    paas.app()

    assert paas.ok("docker-options:add", "shop", "deploy,run", *words) == ""

    assert listed(paas, "deploy") == listed(paas, "run") == ["--shm-size=64m"]
    assert listed(paas, "build") == []
    paas.ok("docker-options:remove", "shop", "deploy", *words)
    assert (listed(paas, "deploy"), listed(paas, "run")) == ([], ["--shm-size=64m"])


def test_short_options_and_several_in_one_word_are_understood() -> None:
    assert list(checking.joined(["-m", "1g", "-u1000", "--cpus=1 --read-only"])) == [
        "--memory=1g",
        "--user=1000",
        "--cpus=1",
        "--read-only",
    ]
    assert list(checking.joined(["--build-arg=TITLE=a shop"])) == ["--build-arg=TITLE=a shop"]


def test_an_option_twice_is_one_and_what_is_not_there_can_not_be_removed(paas: Harness) -> None:
    paas.app()
    for _ in range(2):
        paas.ok("docker-options:add", "shop", "deploy", "--cpus=1")
    assert listed(paas, "deploy") == ["--cpus=1"]

    refused = paas.run("docker-options:remove", "shop", "deploy", "--cpus=2")

    assert refused.exit_code == 1
    assert "--cpus=2" in refused.stderr
    assert listed(paas, "deploy") == ["--cpus=1"]


def test_clear_takes_those_of_single_types_too_unless_it_names_one(paas: Harness) -> None:
    paas.app()
    paas.ok("docker-options:add", "shop", "deploy,run", "--cpus=1")
    for type in ("web", "worker"):
        paas.ok("docker-options:add", "--process", type, "shop", "deploy", "--cpus=2")

    paas.ok("docker-options:clear", "--process", "web", "shop", "deploy")
    assert (listed(paas, "deploy", "--process", "web"), listed(paas, "deploy")) == ([], ["--cpus=1"])

    paas.ok("docker-options:clear", "shop", "deploy")
    assert json.loads(paas.ok("docker-options:report", "shop", "--format", "json")) == {
        "build": "",
        "deploy": "",
        "run": "--cpus=1",
    }
    paas.ok("docker-options:clear", "shop")
    assert listed(paas, "run") == []


def test_a_list_can_be_read_by_programs(paas: Harness) -> None:
    paas.app()
    paas.ok("docker-options:add", "shop", "run", "--cpus=1")

    assert json.loads(paas.ok("docker-options:list", "--phase", "run", "--format", "json", "shop")) == ["--cpus=1"]


# Refusals


@pytest.mark.parametrize(
    ("words", "instead"),
    [
        (("-v", "/etc:/etc"), "storage:mount"),
        (("--mount=type=bind,source=/,target=/x",), "storage:mount"),
        (("--restart=always",), "restart-policy"),
        (("-e", "A=1"), "config:set"),
        (("-p80:80",), "ports:add"),
        (("--name=db",), "names containers"),
        (("--network", "host"), "network"),
        (("--label=paas.app-id=1",), "its own"),
        (("--log-opt", "max-size=1m"), "logs:set"),
        (("--shm-size=much",), "64m"),
        (("--shm-size=" + "9" * 30,), "64m"),
        (("--add-host=db:nowhere",), "address"),
        (("--sysctl", "kernel.msgmax=1"), "net."),
        (("--tmpfs=/",), "/tmp"),
        (("--cpus=0",), "0.5"),
        (("--read-only=yes",), "without a value"),
        (("--cpus=1\n2",), "printed"),
        (("--userns=host",), "takes no --userns"),
        (("--cpus",), "needs a value"),
        (("shop",), "not an option"),
        (("--cpus=1", "shop"), "not an option"),
    ],
)
def test_what_can_not_be_is_refused_with_what_to_do(paas: Harness, words: Sequence[str], instead: str) -> None:
    paas.app()

    refused = paas.run("docker-options:add", "shop", "deploy", *words)

    assert refused.exit_code in (1, 2)
    assert instead in refused.stderr
    assert listed(paas, "deploy") == []


def test_a_phase_takes_its_own_options_alone(paas: Harness) -> None:
    paas.app()

    refused = paas.run("docker-options:add", "shop", "build,deploy", "--build-arg=A=1")

    assert "deploy takes no --build-arg" in refused.stderr
    assert listed(paas, "build") == []
    assert paas.run("docker-options:add", "shop", "later", "--cpus=1").exit_code in (1, 2)
    assert paas.run("docker-options:add", "--process", "web", "shop", "run", "--cpus=1").exit_code == 2
    assert paas.run("docker-options:add", "nothing", "run", "--cpus=1").exit_code == 20


@pytest.mark.parametrize(
    ("phase", "option"),
    [
        ("deploy", "--privileged"),
        ("run", "--cap-add=SYS_ADMIN"),
        ("deploy", "--device=/dev/sda"),
        ("build", "--network=host"),
        ("build", "--secret=id=x,src=/etc/shadow"),
        ("build", "--cache-from=type=local,src=/srv"),
    ],
)
def test_what_reaches_into_the_server_is_for_root(paas: Harness, phase: str, option: str) -> None:
    paas.app()

    refused = paas.run("docker-options:add", "shop", phase, option, key="ann")

    assert refused.exit_code == 1
    assert "for root" in refused.stderr
    assert listed(paas, phase) == []
    paas.ok("docker-options:add", "shop", phase, option)
    assert listed(paas, phase) == [option]
    paas.ok("docker-options:remove", "shop", phase, option, key="ann")


# The life of an app


def test_a_clone_has_the_options_but_those_that_its_maker_could_not_add(paas: Harness, stage: Stage) -> None:
    paas.app()
    paas.ok("docker-options:add", "shop", "deploy", "--cpus=1", "--privileged")

    said = paas.run("apps:clone", "shop", "theirs", key="ann")
    paas.ok("apps:clone", "shop", "ours")

    assert "--privileged" in said.stderr
    assert listed(paas, "deploy", name="theirs") == ["--cpus=1"]
    assert listed(paas, "deploy", name="ours") == ["--cpus=1", "--privileged"]


def test_an_app_of_the_same_name_has_none_and_a_renamed_one_keeps_them(paas: Harness, stage: Stage) -> None:
    paas.app()
    paas.ok("docker-options:add", "shop", "deploy", "--cpus=1")
    paas.ok("apps:rename", "shop", "store")
    assert listed(paas, "deploy", name="store") == ["--cpus=1"]

    paas.ok("apps:destroy", "--force", "store")
    paas.app("store")

    assert listed(paas, "deploy", name="store") == []


def test_a_release_keeps_them_and_brings_them_back_within_what_its_caller_may(paas: Harness, stage: Stage) -> None:
    paas.ok("apps:create", "shop")
    paas.ok("docker-options:add", "shop", "deploy", "--privileged")
    release = stage.deploy(Procfile="web: serve\n")
    assert release.parts["docker-options"] == {"deploy": ["--privileged"]}
    app = paas.app()
    paas.ok("docker-options:clear", "shop")

    with pytest.raises(Exception, match="for root"), paas.inside(key="ann"):
        _restore(app, release.parts)
    with paas.inside():
        _restore(app, release.parts)

    assert listed(paas, "deploy") == ["--privileged"]


def _restore(app: apps.App, parts: Mapping[str, Any]) -> None:
    from paas_docker_options import plugin

    plugin.restore_parts(app, parts)
