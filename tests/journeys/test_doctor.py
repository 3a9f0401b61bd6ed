"""A system on which things are broken by hand, one after the other: each is named, and repaired where that is safe."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from testbed.client import Client, web
from testbed.system import USER, System, installed


@pytest.fixture(scope="module")
def fresh() -> Iterator[System]:
    """A system of its own, since those that were broken before would have findings."""
    with tempfile.TemporaryDirectory(prefix="paas-test-") as folder, installed(Path(folder), f"{USER}-fresh") as made:
        made.ok("tick")  # no timer is set beside the one of the machine
        yield made


@pytest.fixture(scope="module")
def ann(fresh: System, tmp_path_factory: pytest.TempPathFactory) -> Client:
    """A user who has pushed two apps."""
    ann = fresh.client(tmp_path_factory.mktemp("doctor") / "ann")
    for name in ("shop", "blog"):
        pushed = ann.push(ann.app(name, web(name)))
        assert pushed.code == 0, pushed.all
    return ann


def found(system: System) -> list[str]:
    answer = system.paas("doctor", "--format", "json")
    findings = json.loads(answer.out)
    assert all(one["advice"] for one in findings)
    assert answer.code == int(any(one["severity"] == "error" for one in findings)), answer.all
    return [f"{one['about']}: {one['wrong']}" for one in findings]


def docker(*words: str) -> str:
    return subprocess.run(["docker", *words], capture_output=True, check=True, text=True, timeout=60).stdout.strip()


def change(system: System, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(system.root / "state.db", timeout=60)) as db, db:
        db.execute(sql, values)


def app_id(system: System, name: str) -> int:
    return int(system.query("SELECT id FROM apps WHERE name = ?", name)[0]["id"])


def site(system: System, name: str) -> Path:
    return system.root / "plugins" / "nginx" / "sites" / f"{app_id(system, name)}.conf"


def test_a_fresh_system_and_one_with_apps_have_no_findings(fresh: System, ann: Client) -> None:
    assert found(fresh) == []
    assert "Nothing is wrong" in fresh.ok("doctor")


def test_a_dozen_broken_things_are_each_named_and_repaired(fresh: System, ann: Client) -> None:
    system = fresh
    ids = {name: app_id(system, name) for name in ("shop", "blog")}
    (shop,), (blog,) = system.containers("shop"), system.containers("blog")
    labels = [f"paas.system={system.root}", f"paas.app-id={ids['shop']}", "paas.process=web.1", "paas.instance=lost"]
    image = docker("inspect", "--format", "{{.Image}}", shop)

    docker("rm", "--force", shop)
    docker("stop", "--time", "0", blog)
    words = [word for label in labels for word in ("--label", label)]
    docker("create", "--name", f"{USER}-lost", *words, image, "sleep", "9")
    site(system, "shop").write_text(site(system, "shop").read_text().replace(":5000;", ":5001;"))
    site(system, "blog").unlink()
    site(system, "shop").with_name("999.conf").write_text("# of nobody\n")
    include = system.folder / "nginx" / "conf.d" / "paas.conf"
    include.write_text("")
    keys = system.home / ".ssh" / "authorized_keys"
    keys.write_text(keys.read_text().replace("/current/bin/paas", "/1/bin/paas"))
    keys.chmod(0o644)
    (system.home / "shop" / "hooks" / "pre-receive").write_text("#!/bin/sh\nexit 0\n")
    (system.home / "blog" / "hooks" / "pre-receive").chmod(0o644)
    (system.root / "state.db").chmod(0o644)
    system.root.chmod(0o777)
    os.chown(system.root / "apps" / "shop", 0, 0)
    change(system, "INSERT INTO intents VALUES (?, 'release', '{}')", ids["shop"])
    change(
        system,
        "INSERT INTO tasks (due_at, plugin, name, payload) VALUES (1, 'builder', 'clean up', ?)",
        json.dumps({"app_id": ids["blog"]}),
    )

    named = found(system)
    for wrong in (
        "shop: web.1 should run, and its container is missing.",
        "blog: web.1 should run, and its container is exited",
        f"shop: The container {USER}-lost is of no process that is known.",
        "shop: nginx sends its requests to other processes than those that run.",
        "blog: nginx has no site of it.",
        "nginx: It has sites of apps that are gone: 999.conf.",
        f"nginx: {include} doesn't have nginx read the sites of the apps.",
        "runs another program than",
        f"ssh keys: {keys} has the mode 644",
        f"shop: {system.home}/shop/hooks/pre-receive is missing or changed",
        f"blog: {system.home}/blog/hooks/pre-receive is missing or changed",
        f"permissions: {system.root}/state.db can be read by other accounts (mode 644).",
        f"permissions: {system.root} can be changed by other accounts (mode 777).",
        f"permissions: {system.root}/apps/shop does not belong to {system.user}.",
        "shop: A command was killed and what it began is not finished (release).",
        "tasks: Work is overdue since more than 10 minutes: builder is to clean up.",
    ):
        assert any(wrong in one for one in named), "\n".join([wrong, "", *named])

    repaired = system.paas("doctor", "--fix")

    assert repaired.code == 0, repaired.all
    assert found(system) == []
    for name in ("shop", "blog"):
        assert ann.get(f"{name}.paas.test").body == name
        ann.commit(ann.folder / name, {"www/index.html": f"new {name}"})
        pushed = ann.push(ann.folder / name)
        assert pushed.code == 0, pushed.all
        assert ann.get(f"{name}.paas.test").body == f"new {name}"


def test_what_only_people_can_mend_is_named_and_left_alone(fresh: System, ann: Client) -> None:
    system = fresh
    rule = Path(f"/etc/sudoers.d/{system.user}")
    (ours,) = (system.folder / "opt" / "current").resolve().glob("lib/python*/site-packages/paas_doctor/store.py")
    kept, text = rule.read_text(), ours.read_text()
    keys = system.home / ".ssh" / "authorized_keys"
    lines = keys.read_text()
    last = system.root / "locks" / "last-tick"
    try:
        rule.unlink()
        ours.write_text(text + "# changed\n")
        keys.write_text(f"{lines}ssh-ed25519 AAAA by-hand\n")
        os.utime(last, (1, 1))
        (system.home / "gone").mkdir()
        (system.home / "gone" / "HEAD").touch()
        system.ok("doctor:set", "--global", "min-free", "900000g")
        change(system, "UPDATE apps SET created_at = created_at + 86400 WHERE name = 'shop'")

        named = found(system)
    finally:
        rule.write_text(kept)
        rule.chmod(0o440)
        ours.write_text(text)
        keys.write_text(lines)
        (system.home / "gone" / "HEAD").unlink()
        (system.home / "gone").rmdir()
        system.ok("doctor:set", "--global", "min-free")
        change(system, "UPDATE apps SET created_at = created_at - 86400 WHERE name = 'shop'")

    for wrong in (
        "root helper: It can't be used",
        f"program: {ours} is missing or changed.",
        "isn't ours: its key has a whole shell on this server.",
        "timer: No paas tick has ended since 1970-01-01",
        f"repositories: {system.home}/gone is a repository of no app.",
        "and a deploy needs 900000 GB.",
        "clock: The server's clock says",
    ):
        assert any(wrong in one for one in named), "\n".join([wrong, "", *named])
    system.ok("tick")
    assert found(system) == []


def test_a_process_whose_container_is_of_something_else_is_named_and_replaced(fresh: System, ann: Client) -> None:
    (container,) = fresh.slots("blog") and [
        row["container"]
        for row in fresh.query("SELECT container FROM processes WHERE app_id = ?", str(app_id(fresh, "blog")))
    ]
    image = docker("inspect", "--format", "{{.Image}}", container)
    other = docker("create", "--name", f"{USER}-other", image)
    try:
        change(fresh, "UPDATE processes SET container = ? WHERE container = ?", other, container)

        assert f"blog: web.1 has a container with the labels of something else ({USER}-other)." in found(fresh)
    finally:
        change(fresh, "UPDATE processes SET container = ? WHERE container = ?", container, other)
        docker("rm", "--force", other)
    assert found(fresh) == []


def test_a_push_that_went_live_although_git_refused_it_is_named(fresh: System, ann: Client) -> None:
    change(
        fresh,
        "UPDATE releases SET record = json_set(record, '$.revision', 'c0ffee') WHERE app_id = ? AND status = 'live'",
        app_id(fresh, "shop"),
    )

    assert [one for one in found(fresh) if one.startswith("shop: c0ffee is live, and main is at ")]

    ann.commit(ann.folder / "shop", {"www/index.html": "again"})
    assert ann.push(ann.folder / "shop").code == 0
    assert found(fresh) == []
