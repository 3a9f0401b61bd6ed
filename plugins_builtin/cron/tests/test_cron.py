from __future__ import annotations

import email
import json
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from paas import InvalidValue, PaasError, apps, locks, process, state
from paas.errors import ProgramFailed
from paas.testing import Harness
from paas_cron import due, entries, log, running, settings
from paas_docker.testing import FakeDocker
from paas_scheduler_docker.testing import Stage

CLEAN = {"command": "exit 0", "schedule": "0 4 * * *"}
NOW = datetime(2026, 5, 4, 4, 0, 5, tzinfo=UTC).timestamp()


@dataclass
class Begun:
    """Stands in for `paas cron:run` as a program of its own: how often it was begun, what it prints, its exit code."""

    count: int = 0
    lines: Sequence[str] = ()
    code: int = 0
    meanwhile: Callable[[], None] = lambda: None

    def __call__(self, argv: process.Argv, show: Callable[[str], None]) -> None:
        assert argv[1] == "cron:run"
        assert "--scheduled" not in argv
        self.count += 1
        for line in self.lines:
            show(line)
        self.meanwhile()
        if self.code:
            raise ProgramFailed([str(word) for word in argv], self.code, "")


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> Begun:
    stand_in = Begun()
    monkeypatch.setattr(process, "stream", stand_in)
    return stand_in


@pytest.fixture
def stage_also() -> Sequence[str]:
    return ("paas-cron", "paas-run")


def deploy(stage: Stage, *tasks: object, name: str = "shop") -> list[str]:
    """Push an app with these entries; their ids."""
    stage.deploy(name, app_json=json.dumps({"cron": tasks}))
    stage.paas.ok("cron:set", "--global", "timezone", "UTC")
    return [each["id"] for each in listed(stage.paas, name)]


def listed(paas: Harness, name: str = "shop") -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(paas.ok("cron:list", name, "--format", "json"))
    return found


def ticked(paas: Harness, now: float) -> list[str]:
    """The ids of what a tick begins."""
    paas.detached.clear()
    with paas.inside():
        due.tick(now)
    for argv in paas.detached:
        assert argv[1:3] == ["cron:run", "--scheduled"]
    return [argv[-1] for argv in paas.detached]


def test_tasks_are_listed_with_an_id_that_stays(stage: Stage, paas: Harness) -> None:
    other = {"command": "work", "schedule": "@hourly", "concurrency_policy": "forbid", "maintenance": True}
    ids = deploy(stage, CLEAN, other)

    assert [task["schedule"] for task in listed(paas)] == ["0 4 * * *", "@hourly"]
    lines = paas.ok("cron:list", "shop").splitlines()
    assert lines[0].split() == ["ID", "Schedule", "Concurrency", "Maintenance", "Command"]
    assert lines[2].split() == [ids[1], "@hourly", "forbid", "true", "work"]
    assert paas.ok("cron:report", "shop", "--cron-task-count") == "2\n"
    assert deploy(stage, CLEAN) == ids[:1]
    assert paas.ok("cron:list", "--global", "--format", "json") == "[]\n"
    stage.deploy()
    assert listed(paas) == []


@pytest.mark.parametrize(
    "tasks",
    [
        {"command": "x"},
        ["x"],
        [{"command": "x"}],
        [{"schedule": "@daily"}],
        [{"command": " ", "schedule": "@daily"}],
        [{"command": "a\0b", "schedule": "@daily"}],
        [{"command": 1, "schedule": "@daily"}],
        [{"command": "x", "schedule": 5}],
        [{"command": "x", "schedule": "0 0 30 2 *"}],
        [{"command": "x", "schedule": "@sometimes"}],
        [{"command": "x", "schedule": "@daily", "concurrency_policy": "maybe"}],
        [{"command": "x", "schedule": "@daily", "concurrency_policy": ["allow"]}],
        [{"command": "x", "schedule": "@daily", "maintenance": "yes"}],
        [{"command": "x", "schedule": "@daily"}] * 2,
        [{"command": str(n), "schedule": "@daily"} for n in range(101)],
    ],
)
def test_a_push_with_a_task_that_is_of_no_use_is_refused(stage: Stage, paas: Harness, tasks: object) -> None:
    ids = deploy(stage, CLEAN)

    with pytest.raises(InvalidValue):
        stage.deploy(app_json=json.dumps({"cron": tasks}))

    assert [task["id"] for task in listed(paas)] == ids


def test_a_refusal_names_the_entry(stage: Stage) -> None:
    with pytest.raises(InvalidValue, match=r"Entry 2 of cron in app.json: '0 0 30 2 \*' would never come"):
        stage.deploy(app_json=json.dumps({"cron": [CLEAN, {"command": "x", "schedule": "0 0 30 2 *"}]}))


# When they run


def test_what_is_due_is_begun_once(stage: Stage, paas: Harness) -> None:
    (id, _) = deploy(stage, CLEAN, {"command": "exit 0", "schedule": "1 4 * * *"})

    assert ticked(paas, NOW - 60) == []
    assert ticked(paas, NOW) == [id]
    assert paas.detached[0][0] == paas.paths.executable
    assert ticked(paas, NOW + 1) == []
    assert ticked(paas, NOW + 3 * 60) != [id]


def test_what_was_due_while_nothing_ticked_runs_within_the_hour(stage: Stage, paas: Harness) -> None:
    (id,) = deploy(stage, CLEAN)

    ticked(paas, NOW - 7200)
    assert ticked(paas, NOW + 1800) == [id]
    ticked(paas, NOW - 86400)
    assert ticked(paas, NOW - 86400 + 7200) == []


def test_a_clock_that_is_put_back_starts_anew(stage: Stage, paas: Harness) -> None:
    (id,) = deploy(stage, CLEAN)
    ticked(paas, NOW + 86400 * 300)

    assert ticked(paas, NOW) == [id]


def test_the_time_zone_of_an_app_counts(stage: Stage, paas: Harness) -> None:
    (id,) = deploy(stage, CLEAN)
    paas.ok("cron:set", "shop", "timezone", "Europe/Berlin")

    assert ticked(paas, NOW) == []
    assert ticked(paas, NOW - 2 * 3600) == [id]


def test_who_is_suspended_waits(stage: Stage, paas: Harness) -> None:
    (id, waiting) = deploy(stage, CLEAN, {"command": "exit 1", "schedule": "0 4 * * *", "maintenance": True})
    day = iter(NOW + n * 86400 for n in range(10))
    assert ticked(paas, next(day)) == [id]

    paas.ok("cron:suspend", "shop", id)
    paas.ok("cron:resume", "shop", waiting)
    assert ticked(paas, next(day)) == [waiting]
    paas.ok("cron:set", "shop", f"maintenance.{id}", "false")
    assert ticked(paas, next(day)) == [id, waiting]
    paas.ok("cron:set", "shop", f"maintenance.{waiting}")
    assert ticked(paas, next(day)) == [id], "what app.json says holds again"

    paas.ok("cron:set", "--global", "maintenance", "true")
    assert ticked(paas, next(day)) == []
    assert "No task of shop runs by itself" in paas.run("cron:resume", "shop", id).stderr
    paas.ok("cron:set", "shop", "maintenance", "false")
    assert ticked(paas, next(day)) == [id]
    assert paas.run("cron:suspend", "shop", "0123456789").exit_code == 1


def test_tasks_follow_a_rename_and_are_copied_by_a_clone(stage: Stage, paas: Harness) -> None:
    (id,) = deploy(stage, CLEAN)
    paas.ok("cron:suspend", "shop", id)

    paas.ok("apps:rename", "shop", "store")
    paas.ok("apps:clone", "store", "copy")

    assert [task["maintenance"] for name in ("store", "copy") for task in listed(paas, name)] == [True, True]


def test_an_app_whose_tasks_can_not_be_read_keeps_no_other_from_its_own(
    stage: Stage, paas: Harness, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (id,) = deploy(stage, CLEAN, name="zoo")
    deploy(stage, CLEAN)
    whole = entries.of

    def of(app: apps.App) -> list[entries.Entry]:
        if app.name == "shop":
            raise PaasError("it is broken")
        return whole(app)

    monkeypatch.setattr(entries, "of", of)

    assert ticked(paas, NOW) == [id]
    assert "The cron tasks of shop can't be read: it is broken" in capsys.readouterr().err


# How they run


def test_a_run_has_the_exit_code_of_its_command(stage: Stage, paas: Harness, docker: FakeDocker) -> None:
    (id, failing) = deploy(stage, CLEAN, {"command": "exit 7", "schedule": "@daily"})

    assert paas.run("cron:run", "shop", id).exit_code == 0
    assert paas.run("cron:run", "shop", failing).exit_code == 7
    assert paas.run("cron:run", "shop", "0123456789").exit_code == 1
    assert list(stage.containers()) == ["shop.web.1"], "nothing of them is left"


def test_a_run_in_the_background_is_among_the_commands_that_run(stage: Stage, paas: Harness) -> None:
    (id,) = deploy(stage, {"command": "serve $PORT", "schedule": "@daily"})

    name = paas.ok("cron:run", "shop", id, "--detach", "--ttl-seconds", "60").strip()

    assert name.startswith(f"shop.cron-{id}.")
    assert name in paas.ok("run:list", "shop")
    paas.ok("run:stop", "--container", name)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("serve $PORT", "/exec /bin/sh -c 'serve $PORT'"),
        ("jobs --day $DAY", "/exec /bin/sh -c 'sleep 1000 --day $DAY'"),
        ("jobs 'a b'", "/exec sleep 1000 'a b'"),
        ("jobs", "/start jobs"),
    ],
)
def test_a_process_type_as_the_first_word_stands_for_its_line(
    stage: Stage, paas: Harness, command: str, words: str
) -> None:
    stage.image = replace(stage.image, entry=("/start",))
    task = {"command": command, "schedule": "@daily"}
    stage.deploy(Procfile="web: serve\njobs: sleep 1000\n", app_json=json.dumps({"cron": [task]}))
    (id,) = (one["id"] for one in json.loads(paas.ok("cron:list", "shop", "--format", "json")))

    paas.ok("cron:run", "shop", id, "--detach")

    (one,) = json.loads(paas.ok("run:list", "shop", "--format", "json"))
    assert one["command"] == words


@pytest.mark.parametrize(("policy", "starts", "left"), [("allow", 1, 1), ("forbid", 0, 1), ("replace", 1, 0)])
def test_what_still_runs_is_treated_as_its_policy_says(
    stage: Stage, paas: Harness, begun: Begun, policy: str, starts: int, left: int
) -> None:
    (id,) = deploy(stage, {"command": "serve", "schedule": "@daily", "concurrency_policy": policy})
    old = paas.ok("cron:run", "shop", id, "--detach").strip()

    paas.ok("cron:run", "--scheduled", "shop", id)

    assert begun.count == starts
    assert [name for name in stage.containers() if name == old] == [old] * left


def test_two_that_are_begun_at_once_are_one_where_that_is_forbidden(stage: Stage, paas: Harness, begun: Begun) -> None:
    (id,) = deploy(stage, {**CLEAN, "concurrency_policy": "forbid"})

    with paas.inside():
        app = apps.load("shop")
        with locks.exclusive(f"cron-{app.id}-{id}"):
            assert running.scheduled(app, entries.load(app, id), 60) == 0
        assert begun.count == 0
        running.scheduled(app, entries.load(app, id), 60)

    assert begun.count == 1


def test_what_a_task_prints_is_mailed(stage: Stage, paas: Harness, begun: Begun) -> None:
    (id,) = deploy(stage, {"command": "exit 0\nBcc: all@example.com", "schedule": "@daily"})
    sent: list[bytes] = []

    def sendmail(argv: list[str], text: bytes) -> str:
        assert argv == ["/usr/sbin/sendmail", "-i", "-t"]
        sent.append(text)
        return ""

    paas.programs["sendmail"] = sendmail
    begun.lines = ["cleaned"] * (running.MOST_LINES + 5)
    paas.ok("cron:run", "--scheduled", "shop", id)
    assert sent == [], "nobody is to have any"
    paas.ok("cron:set", "--global", "mailto", "ann@example.com")
    paas.ok("cron:set", "--global", "mailfrom", "paas@example.com")
    paas.ok("cron:run", "--scheduled", "shop", id)
    begun.lines = []
    paas.ok("cron:run", "--scheduled", "shop", id)
    begun.code = 3
    assert paas.run("cron:run", "--scheduled", "shop", id).exit_code == 3

    printed, failed = map(email.message_from_bytes, sent)
    assert (printed["To"], printed["From"], printed["Bcc"]) == ("ann@example.com", "paas@example.com", None)
    assert printed["Subject"] == "cron of shop: exit 0 Bcc: all@example.com"
    lines = str(printed.get_payload()).splitlines()
    assert (lines[0], lines[-1], len(lines)) == ("cleaned", "(5 further lines)", running.MOST_LINES + 1)
    assert str(failed["Subject"]).endswith("(exit code 3)")


@pytest.mark.parametrize("printed", [["half"], []])
def test_a_run_that_the_next_one_replaces_has_not_failed(
    stage: Stage, paas: Harness, begun: Begun, printed: list[str]
) -> None:
    (id,) = deploy(stage, {"command": "serve", "schedule": "@daily", "concurrency_policy": "replace"})
    sent: list[bytes] = []
    paas.programs["sendmail"] = lambda argv, text: sent.append(text) or ""
    paas.ok("cron:set", "--global", "mailto", "ann@example.com")

    def next_run() -> None:
        begun.meanwhile, begun.code, begun.lines = lambda: None, 0, []
        paas.ok("cron:run", "shop", id, "--detach")
        paas.ok("cron:run", "--scheduled", "shop", id)
        begun.code = 143

    begun.meanwhile, begun.lines = next_run, printed
    paas.run("cron:run", "--scheduled", "shop", id)

    assert ["(exit code 143)" in mail.decode() for mail in sent] == [False] * len(printed)
    assert "(stopped, since the next run replaces it)" in paas.ok("cron:logs", "shop", id)
    with paas.inside():
        assert not [key for key in state.properties("cron", apps.load("shop").owner) if key.startswith("replaced")]

    begun.code = 143
    begun.meanwhile = lambda: None
    paas.run("cron:run", "--scheduled", "shop", id)
    assert "(exit code 143)" in sent[-1].decode(), "one that fails by itself"


def test_what_a_task_prints_is_kept_as_far_as_there_is_room(stage: Stage, paas: Harness, begun: Begun) -> None:
    (id,) = deploy(stage, CLEAN)
    assert "has not run by itself yet" in paas.ok("cron:logs", "shop", id)

    begun.lines, begun.code = ["first run"], 3
    paas.run("cron:run", "--scheduled", "shop", id)
    begun.lines, begun.code = ["second run"], 0
    paas.ok("cron:run", "--scheduled", "shop", id)

    first, printed, second, last = paas.ok("cron:logs", "shop", id).splitlines()
    assert (printed, last) == ("first run", "second run")
    assert first.endswith(" exit 0 (exit code 3)")
    assert second.endswith(" exit 0 (exit code 0)")

    begun.lines = ["x" * 1000] * running.MOST_LINES
    paas.ok("cron:run", "--scheduled", "shop", id)
    kept = paas.ok("cron:logs", "shop", id)
    assert log.MOST_BYTES - 1001 <= len(kept) <= log.MOST_BYTES
    assert set(kept.splitlines()) == {"x" * 1000}, "whole lines, and the newest"


def test_a_mail_that_can_not_be_sent_is_said(stage: Stage, paas: Harness, begun: Begun) -> None:
    (id,) = deploy(stage, CLEAN)
    paas.programs["sendmail"] = lambda argv, _: subprocess.CompletedProcess(argv, 75, b"", b"no queue")
    paas.ok("cron:set", "--global", "mailto", "ann")
    begun.lines = ["cleaned"]

    assert "No mail could be sent to ann" in paas.run("cron:run", "--scheduled", "shop", id).stderr


@pytest.mark.parametrize("value", ["-oQ/tmp", "a b", "a@b\nBcc: c", "a@b,c@d", "@b", "a@b@c", "x" * 400])
def test_what_is_no_address_is_refused(value: str) -> None:
    with pytest.raises(InvalidValue):
        settings.address(value)


@pytest.mark.parametrize(
    "value", ["", "Mars/Olympus", "../../etc/passwd", "/etc/localtime", "Europe", "Europe/", "a" * 300]
)
def test_what_is_no_time_zone_is_refused(value: str) -> None:
    with pytest.raises(InvalidValue):
        settings.time_zone(value)


@pytest.mark.parametrize(
    "words",
    [
        ("shop", "mailto", "ann@example.com"),
        ("shop", "speed", "1"),
        ("shop", "maintenance.x", "true"),
        ("shop", "maintenance.0123456789", "maybe"),
        ("--global", "maintenance.0123456789", "true"),
    ],
)
def test_what_can_not_be_set_is_refused(stage: Stage, paas: Harness, words: Sequence[str]) -> None:
    paas.app("shop")

    assert paas.run("cron:set", *words).exit_code in (1, 2)
