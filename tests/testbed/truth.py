"""Do the store, the containers and nginx tell the same of an app? To be asked at the end of whatever changes one."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from .system import System

_SERVER = re.compile(r"^ +server ([0-9.]+):\d+;$", re.MULTILINE)


def assert_all_agree(system: System, name: str) -> None:
    """The recorded release, the labels and addresses of what runs, and nginx's upstreams say the same.

    Old containers may be there that wait for their end, and nothing else.
    """
    processes, leaving = _processes(system, name), _leaving(system)
    found = {c["Id"]: c for c in _inspected(system, set(system.containers(name)) - leaving)}

    assert system.query("SELECT * FROM intents") == [], "something was left half done"
    assert _of(system, name, "SELECT 1 FROM releases WHERE status = 'pending' AND app_id = ?") == []
    known = {row["container"] for row in processes}
    assert not found.keys() ^ known, (
        f"containers that no row knows: {[found[id]['Name'] for id in found.keys() - known]}, "
        f"processes without one: {[tuple(row) for row in processes if row['container'] not in found]}"
    )
    for row in processes:
        _assert_it_is(found[row["container"]], row)
    assert _upstreams(system, name) == {row["address"] for row in processes if row["address"]}


@contextmanager
def agreeing(system: System) -> Iterator[None]:
    """They agree, when the block is over, of each app that was created, renamed or deployed in it."""
    before = _deploys(system)
    yield
    for name, deploys in _deploys(system).items():
        if deploys != before.get(name):
            assert_all_agree(system, name)


def assert_nothing_is_left(system: System, name: str) -> None:
    """They agree, and of what was killed or failed nothing is there any more."""
    assert_all_agree(system, name)
    containers = system.containers(name)
    assert not set(containers) & _leaving(system)
    assert not [found["Name"] for found in _inspected(system, containers) if ".upcoming-" in found["Name"]]
    lived = _of(
        system,
        name,
        "SELECT json_extract(record, '$.image.id') AS image FROM releases"
        " WHERE status IN ('live', 'superseded') AND app_id = ?",
    )
    assert set(system.images(name)) <= {row["image"] for row in lived}, "an image that no release needs"


def _assert_it_is(container: dict[str, Any], row: sqlite3.Row) -> None:
    """A container is the process that a row says."""
    labels = container["Config"]["Labels"]
    slot = f"{row['type']}.{row['number']}"
    assert container["State"]["Running"], f"{slot} doesn't run"
    assert labels["paas.process"] == slot
    assert labels["paas.release"] == str(row["release"])
    assert row["status"] in ("live", "superseded"), f"{slot} runs release {row['release']}, which is {row['status']}"
    if row["address"]:
        assert [n["IPAddress"] for n in container["NetworkSettings"]["Networks"].values()] == [row["address"]]


def _processes(system: System, name: str) -> list[sqlite3.Row]:
    return _of(
        system,
        name,
        "SELECT processes.*, releases.number AS release, releases.status FROM processes"
        " JOIN releases ON releases.id = release_id WHERE processes.app_id = ?",
    )


def _deploys(system: System) -> dict[str, tuple[Any, ...]]:
    """Each app with what its processes and its last release are."""
    running = "SELECT group_concat(container) FROM processes WHERE app_id = apps.id"
    newest = "SELECT max(id) FROM releases WHERE app_id = apps.id"
    rows = system.query(f"SELECT name, ({running}), ({newest}) FROM apps")
    return {row["name"]: tuple(row) for row in rows}


def _leaving(system: System) -> set[str]:
    payloads = [json.loads(row["payload"]) for row in system.query("SELECT payload FROM tasks WHERE name = 'retire'")]
    return {id for payload in payloads for id in payload["containers"]}


def _inspected(system: System, ids: Collection[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads("".join(system.docker("inspect", *ids))) if ids else []
    return found


def _upstreams(system: System, name: str) -> set[str]:
    """The addresses that nginx's site of an app sends requests to."""
    site = system.root / "plugins" / "nginx" / "sites" / f"{_id(system, name)}.conf"
    return set(_SERVER.findall(site.read_text())) if site.exists() else set()


def _of(system: System, name: str, sql: str) -> list[sqlite3.Row]:
    return system.query(sql, _id(system, name))


def _id(system: System, name: str) -> str:
    return str(system.query("SELECT id FROM apps WHERE name = ?", name)[0]["id"])
