"""Each finding, by breaking the thing that it names."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from paas import PaasError, hookimpl, intents, locks, state, tasks
from paas.state import GLOBAL
from paas.testing import Harness, Inventory
from paas.upkeep import Finding, Severity
from paas_doctor import room


@pytest.fixture(autouse=True)
def healthy(paas: Harness, inventory: Inventory) -> None:
    """A system on which the timer runs, without the plugins that own what a harness doesn't have."""
    inventory.real = ("paas-doctor", "paas-apps")
    paas.app("shop")
    paas.ok("tick")
    assert paas.run("doctor").exit_code == 0


def found(paas: Harness) -> list[str]:
    """What is wrong, each as its subject and sentence."""
    answer = json.loads(paas.run("doctor", "--format", "json").stdout)
    assert all(one["advice"] for one in answer)
    return [f"{one['about']}: {one['wrong']}" for one in answer]


def test_a_healthy_system_has_no_findings(paas: Harness) -> None:
    assert found(paas) == []
    assert "Nothing is wrong" in paas.ok("doctor")


def test_little_room_is_found(paas: Harness) -> None:
    paas.ok("doctor:set", "--global", "min-free", "900000g")

    result = paas.run("doctor")

    assert result.exit_code == 1
    assert result.stderr.count("a deploy needs 900000 GB") == 1  # all places lie on one disk


def test_what_is_no_size_is_refused(paas: Harness) -> None:
    assert paas.run("doctor:set", "--global", "min-free", "much").exit_code == 1
    with paas.inside():
        assert room.min_free() == 256 << 20


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (lambda paths: paths.state.chmod(0o644), "state.db can be read by other accounts (mode 644)"),
        (lambda paths: paths.root.chmod(0o777), "data can be changed by other accounts (mode 777)"),
        (lambda paths: paths.home.chmod(0o775), "home can be changed by other accounts (mode 775)"),
    ],
)
def test_what_others_could_touch_is_found_and_closed(paas: Harness, break_it: Callable[..., None], said: str) -> None:
    break_it(paas.paths)

    assert [one for one in found(paas) if said in one]
    paas.ok("doctor", "--fix")

    assert found(paas) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_account_is_found(paas: Harness) -> None:
    folder = paas.paths.apps / "shop"
    os.chown(folder, 1, 1)

    assert [one for one in found(paas) if f"{folder} does not belong to root" in one]


def test_a_damaged_store_is_found(paas: Harness) -> None:
    with closing(sqlite3.connect(paas.paths.state)) as db:
        db.executescript("CREATE TABLE t (a, b); CREATE INDEX i ON t (b);")
        db.execute("INSERT INTO t VALUES (1, 2)")
        db.commit()
        db.execute("PRAGMA writable_schema = ON")
        db.execute("UPDATE sqlite_master SET sql = 'CREATE INDEX i ON t (a)' WHERE name = 'i'")
        db.commit()

    assert [one for one in found(paas) if "is damaged" in one]


def test_rows_that_refer_to_nothing_are_found(paas: Harness) -> None:
    with closing(sqlite3.connect(paas.paths.state)) as db:
        db.execute("INSERT INTO intents VALUES (99, 'release', '{}')")
        db.commit()

    assert [one for one in found(paas) if "intents to apps" in one]


def test_what_a_killed_command_has_begun_is_found_and_finished(paas: Harness) -> None:
    shop = paas.app("shop")
    with paas.inside():
        intents.begin(shop, intents.RELEASE)

    assert found(paas) == ["shop: A command was killed and what it began is not finished (release)."]
    paas.ok("doctor", "--fix")

    with paas.inside():
        assert intents.left() == []


def test_what_a_deploy_is_busy_with_is_not_taken_for_left(paas: Harness) -> None:
    shop = paas.app("shop")
    with paas.inside(), locks.deploying(shop.id, shop.name, "git push"):
        intents.begin(shop, intents.RELEASE)

        assert found(paas) == []


def test_a_clock_that_went_back_is_found(paas: Harness) -> None:
    with paas.inside(), state.CORE.writing() as db:
        db.execute("UPDATE apps SET created_at = ?", (time.time() + 7200,))

    assert [one for one in found(paas) if one.startswith("clock: ")]


def test_a_timer_that_doesnt_run_is_found(paas: Harness) -> None:
    last = paas.paths.locks / "last-tick"
    os.utime(last, (1, 1))
    assert [one for one in found(paas) if one.startswith("timer: No paas tick has ended since 1970-01-01")]

    last.unlink()
    assert found(paas) == ["timer: No paas tick has ended yet, so nothing that is due gets done."]

    paas.ok("tick", "--after", "0.01")  # as a deploy starts one
    assert len(found(paas)) == 1


def test_a_system_that_was_just_installed_may_wait_for_its_first_tick(paas: Harness, tmp_path: Path) -> None:
    (paas.paths.locks / "last-tick").unlink()
    paas.paths = replace(paas.paths, program=tmp_path)
    paas.programs["sudo"] = lambda argv, _: subprocess.CompletedProcess(argv, 2, b"", b"'none' is none of")
    (tmp_path / "host.json").touch()
    assert found(paas) == []

    os.utime(tmp_path / "host.json", (1, 1))

    assert found(paas) == ["timer: No paas tick has ended yet, so nothing that is due gets done."]


def test_work_that_nobody_does_is_found_and_done(paas: Harness, inventory: Inventory) -> None:
    done = []

    @hookimpl
    def perform() -> None:
        done.append("mail")

    inventory.plugin("mail", perform)
    with paas.inside():
        tasks.plan("mail", "send", {}, after=-601)

    assert found(paas) == ["tasks: Work is overdue since more than 10 minutes: mail is to send."]
    paas.ok("doctor", "--fix")

    assert done == ["mail"]


def test_work_of_a_plugin_that_is_gone_is_named_and_fails_nothing(paas: Harness) -> None:
    with paas.inside():
        tasks.plan("mail", "send", {}, after=3600)
        tasks.plan("mail", "send", {}, after=-3600)

    assert found(paas) == ["tasks: Work waits for the plugin mail, which isn't there to do it."]
    assert paas.run("doctor").exit_code == 0, "a warning"


def test_a_root_helper_that_sudo_refuses_is_found(paas: Harness, tmp_path: Path) -> None:
    paas.paths = replace(paas.paths, program=tmp_path)
    paas.programs["sudo"] = lambda argv, _: subprocess.CompletedProcess(argv, 2, b"", b"'none' is none of")
    assert found(paas) == []

    paas.programs["sudo"] = lambda argv, _: subprocess.CompletedProcess(argv, 1, b"", b"sudo: a password is required")

    assert [one for one in found(paas) if one.startswith("root helper: ") and "a password is required" in one]


# What other plugins say


def test_a_plugin_that_cant_look_is_a_finding_and_keeps_no_other_from_looking(
    paas: Harness, inventory: Inventory
) -> None:
    @hookimpl
    def diagnose() -> Sequence[Finding]:
        raise PaasError("The shelf is locked.", hint="Bring the key.")

    inventory.plugin("baker", diagnose)
    paas.paths.state.chmod(0o644)

    result = paas.run("doctor")

    assert "baker: The shelf is locked." in result.stderr
    assert "Bring the key." in result.stderr
    assert "state.db can be read" in result.stderr
    assert "2 things are wrong; paas doctor --fix can repair 1 of them." in result.stderr


def test_programs_get_json_alone_whatever_is_repaired(paas: Harness) -> None:
    paas.paths.state.chmod(0o644)

    assert json.loads(paas.ok("doctor", "--fix", "--format", "json")) == []


def test_a_warning_is_shown_and_is_no_failure(paas: Harness, inventory: Inventory) -> None:
    @hookimpl
    def diagnose() -> Sequence[Finding]:
        return [Finding("oven", "It is cold.", "Heat it.", Severity.warning)]

    inventory.plugin("baker", diagnose)

    result = paas.run("doctor")

    assert result.exit_code == 0
    assert "oven: It is cold." in result.stderr


def test_a_repair_that_fails_is_shown_and_the_others_are_tried(paas: Harness, inventory: Inventory) -> None:
    def fail() -> None:
        raise PaasError("The oven is cold.")

    @hookimpl
    def diagnose() -> Sequence[Finding]:
        return [Finding("bread", "It is old.", "Bake some.", repair=fail)]

    inventory.plugin("baker", diagnose)
    paas.paths.state.chmod(0o644)

    result = paas.run("doctor", "--fix")

    assert result.exit_code == 1
    assert "It could not be repaired: The oven is cold." in result.stderr
    assert "1 thing is wrong" in result.stderr
    assert paas.paths.state.stat().st_mode & 0o077 == 0


def test_the_room_that_deploys_need_is_set_for_all_apps(paas: Harness) -> None:
    paas.ok("doctor:set", "--global", "min-free", "1g")
    with paas.inside():
        assert room.min_free() == 1 << 30
        assert state.property("doctor", GLOBAL, "min-free") == "1g"
    assert paas.run("doctor:set", "shop", "min-free", "1g").exit_code == 2
    assert paas.ok("doctor:report", "--global", "--doctor-global-min-free") == "1g\n"
