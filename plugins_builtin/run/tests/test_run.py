from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Sequence

import pytest

from paas import App, InvalidValue, PaasError, Process, Release, UsageError, hookimpl
from paas.context import Caller
from paas.testing import Harness, Inventory
from paas_run import given, listing, params
from paas_scheduler.api import Command, LogLine, LogQuery, OneOff
from paas_scheduler_docker.testing import Stage

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z app\[run\.\d+\]: (.*)")


@pytest.fixture
def stage_also() -> Sequence[str]:
    return ["paas-run"]


@pytest.fixture
def shop(stage: Stage) -> Stage:
    stage.deploy(Procfile="web: serve\nhello: echo hello\n")
    return stage


def test_a_command_prints_as_it_does_and_gives_its_code(shop: Stage, paas: Harness) -> None:
    before = shop.containers()

    result = paas.run("run", "shop", "sh", "-c", "echo hi; exit 4")

    assert (result.exit_code, result.stdout, result.stderr) == (4, "hi\n", "")
    assert shop.containers() == before


def test_a_command_reads_what_we_are_given(shop: Stage, paas: Harness) -> None:
    assert paas.ok("run", "shop", "cat", input="one\ntwo") == "one\ntwo"


def test_options_after_the_app_are_the_commands(shop: Stage, paas: Harness) -> None:
    assert paas.ok("run", "shop", "echo", "--env", "-x", "--force-tty") == "--env -x --force-tty\n"
    assert paas.ok("run", "shop", "--", "echo", "--", "a") == "-- a\n"


def test_variables_are_added(shop: Stage, paas: Harness) -> None:
    lines = paas.ok("run", "-e", "A=two words", "--env", "B=x=y", "-e", "B=", "shop", "env").splitlines()

    assert {"A=two words", "B="} <= set(lines)


@pytest.mark.parametrize("pair", ["A", "=x", "1A=x", "A B=x"])
def test_a_variable_has_a_name_and_a_value(pair: str) -> None:
    with pytest.raises(UsageError, match="KEY=VALUE"):
        given.environment([pair])


def test_what_is_not_utf8_is_refused_without_being_shown() -> None:
    with pytest.raises(InvalidValue, match=r"^Word 2 is not text"):
        given.in_utf8(["a", "s3cr3t\udcff"])


def test_a_process_type_stands_for_its_command(shop: Stage, paas: Harness) -> None:
    result = paas.run("run", "shop", "hello", "big world")

    assert result.stdout == "hello big world\n"
    assert result.stderr == "-----> Found 'hello' in Procfile, running that command\n"


def test_an_app_that_was_never_deployed_runs_nothing(stage: Stage, paas: Harness) -> None:
    paas.app("shop")

    for words in (["run", "shop", "env"], ["run:detached", "shop", "env"], ["enter", "shop"]):
        result = paas.run(*words)
        assert result.exit_code == 1
        assert "App shop has not been deployed" in result.stderr


def test_a_terminal_cannot_be_wanted_and_not(shop: Stage, paas: Harness) -> None:
    assert paas.run("run", "--no-tty", "--force-tty", "shop", "env").exit_code == 2


def test_detached_commands_are_listed_read_and_stopped(shop: Stage, paas: Harness) -> None:
    first, second = (paas.ok("run:detached", "shop", "sh", "-c", f"echo {n}; sleep 9").strip() for n in (1, 2))

    listed = json.loads(paas.ok("run:list", "shop", "--format", "json"))
    assert {one["name"] for one in listed} == {first, second}
    assert shlex.split(listed[0]["command"])[:2] == ["sh", "-c"]
    assert paas.ok("run:list", "shop").splitlines()[0] == "=====> shop run containers"
    lines = [LINE.fullmatch(line) for line in paas.ok("run:logs", "shop").splitlines()]
    assert sorted(line[1] for line in lines if line) == ["1", "2"]
    assert paas.ok("run:logs", "--container", second, "-q", "-n", "1") == "2\n"

    assert paas.ok("run:stop", "--container", first) == f"-----> Stopping {first}\n"
    assert f"{first} doesn't run" in paas.run("run:stop", "--container", first).stderr
    assert paas.ok("run:stop", "shop") == f"-----> Stopping {second}\n"
    assert json.loads(paas.ok("run:list", "shop", "--format", "json")) == []
    assert "no command of shop runs" in paas.run("run:logs", "shop").stderr


def test_whoever_may_not_touch_an_app_may_not_touch_its_commands(
    shop: Stage, paas: Harness, inventory: Inventory
) -> None:
    name = paas.ok("run:detached", "shop", "sleep", "9").strip()
    asked: list[tuple[str, str | None]] = []

    @hookimpl
    def authorize(caller: Caller, verb: str, app: str | None) -> None:
        asked.append((verb, app))
        raise PaasError("no")

    inventory.plugin("guard", authorize, distribution="paas-stage")
    for words in (["run", "shop", "env"], ["run:stop", "--container", name], ["run:logs", "--container", name]):
        assert paas.run(*words, key="ann").exit_code == 1
    assert paas.run("enter", "shop", "web", key="ann").exit_code == 1

    assert asked == [("run", "shop"), ("run:stop", "shop"), ("run:logs", "shop"), ("enter", "shop")]


@pytest.mark.parametrize("name", ["shop", "shop.run", "shop.run.x", "../x.run.1", "Shop.run.1", "shop.run.123456"])
def test_a_container_is_named_as_commands_are(paas: Harness, name: str) -> None:
    assert paas.run("run:stop", "--container", name).exit_code == 1


def test_a_container_tells_its_app() -> None:
    assert params.app_of("my.shop.run.12") == "my.shop"


def test_an_app_or_a_container_is_named(shop: Stage, paas: Harness) -> None:
    assert paas.run("run:stop").exit_code == 2
    assert paas.run("run:stop", "shop", "--container", "store.run.1").exit_code == 2


def test_commands_are_retired_for_an_app_or_all(shop: Stage, paas: Harness) -> None:
    paas.ok("run:detached", "shop", "sleep", "9")

    assert paas.ok("run:retire") == paas.ok("run:retire", "shop") == ""


def test_a_process_is_entered_by_its_name(shop: Stage, paas: Harness) -> None:
    paas.ok("ps:scale", "shop", "hello=0", "web=2")

    assert "DYNO=web.1\n" in paas.ok("enter", "shop", "web", "env")
    assert "DYNO=web.2\n" in paas.ok("enter", "shop", "web.2", "--", "env")
    assert "DYNO=web.1\n" in paas.ok("enter", "shop", "--", "env")
    assert paas.run("enter", "shop", "web", "exit", "5").exit_code == 5


def test_a_process_is_entered_by_its_container(shop: Stage, paas: Harness) -> None:
    container = shop.containers()["shop.web.1"]

    assert "DYNO=web.1\n" in paas.ok("enter", "--container-id", container.id[:12], "shop", "env")
    assert "has the id" in paas.run("enter", "--container-id", "beef", "shop", "env").stderr
    for behind in (["--container-id", container.id[:12]], [f"--container-id={container.id[:12]}"]):
        assert "DYNO=web.1\n" in paas.ok("enter", "shop", *behind, "--", "env"), "as Dokku has it"
    assert paas.run("enter", "shop", "--container-id").exit_code == 2


def test_a_command_is_entered_like_a_process(shop: Stage, paas: Harness) -> None:
    name = paas.ok("run:detached", "shop", "sleep", "9").strip().removeprefix("shop.")

    assert f"DYNO={name}\n" in paas.ok("enter", "shop", name, "env")
    several = paas.run("enter", "shop")
    assert (several.exit_code, "several" in several.stderr, "web.1" in several.stderr) == (1, True, True)


def test_what_does_not_run_cannot_be_entered(shop: Stage, paas: Harness) -> None:
    result = paas.run("enter", "shop", "env")

    assert result.exit_code == 1
    assert "It runs: web.1. A command for the only one stands after --" in result.stderr


@pytest.mark.parametrize(
    ("seconds", "said"), [(3, "3 seconds"), (119, "119 seconds"), (120, "2 minutes"), (86400 * 3, "3 days")]
)
def test_an_age_is_told_roughly(seconds: float, said: str) -> None:
    assert listing.age(seconds) == said


def test_a_long_command_fits_into_its_column() -> None:
    assert listing.short("a\n b") == "a b"
    assert len(listing.short("x" * 99)) == listing.WIDTH


def test_another_scheduler_can_run_commands(shop: Stage, paas: Harness, inventory: Inventory) -> None:
    asked: list[tuple[str, object]] = []
    one = OneOff("shop.run.7", "c0ffee", "running", "work", 0, 0)

    @hookimpl
    def deploy() -> Sequence[Process]:
        return []

    @hookimpl
    def scheduler_run_attached(app: App, release: Release, command: Command) -> int:
        asked.append(("attached", command.words))
        return 5

    @hookimpl
    def scheduler_run_detached(app: App, release: Release, command: Command) -> str:
        return f"{app.name}.run.{command.ttl_seconds}"

    @hookimpl
    def scheduler_run_list(app: App) -> Sequence[OneOff]:
        return [one]

    @hookimpl
    def scheduler_run_logs(app: App, query: LogQuery) -> Iterator[LogLine]:
        return iter([LogLine("now", query.process, "hello")])

    @hookimpl
    def scheduler_run_stop(app: App, one_off: OneOff) -> None:
        asked.append(("stop", one_off))

    @hookimpl
    def scheduler_run_retire(app: App) -> Sequence[str]:
        return [one.name]

    @hookimpl
    def scheduler_enter(app: App, container: str, command: Command) -> int:
        asked.append(("enter", container))
        return 6

    hooks = (scheduler_run_attached, scheduler_run_detached, scheduler_run_list, scheduler_run_logs)
    more = (deploy, scheduler_run_stop, scheduler_run_retire, scheduler_enter)
    inventory.plugin("elsewhere", *hooks, *more, distribution="paas-stage")
    paas.ok("scheduler:set", "shop", "selected", "elsewhere")

    assert paas.run("run", "shop", "work", "-x").exit_code == 5
    assert paas.ok("run:detached", "--ttl-seconds", "9", "shop", "work") == "shop.run.9\n"
    assert "shop.run.7" in paas.ok("run:list", "shop")
    assert paas.ok("run:logs", "--container", "shop.run.7") == "now app[shop.run.7]: hello\n"
    assert paas.ok("run:retire", "shop") == "-----> Stopped shop.run.7\n"
    paas.ok("run:stop", "shop")
    assert paas.run("enter", "shop", "run.7").exit_code == 6
    assert asked == [("attached", ("work", "-x")), ("stop", one), ("enter", "c0ffee")]
