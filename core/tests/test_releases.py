"""What the store knows of an app's releases and processes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from paas import Endpoint, Image, Mount, PortMapping, Process, Release, Slot, apps, releases
from paas.testing import Harness, Inventory


@pytest.fixture(autouse=True)
def inside(paas: Harness, inventory: Inventory) -> Iterator[None]:
    with paas.inside():
        yield


def draft(**fields: object) -> Release:
    return Release(Image("sha256:1", "brick"), **fields)  # type: ignore[arg-type]


def test_a_release_comes_back_as_it_was_recorded() -> None:
    shop = apps.add("shop")
    whole = draft(
        revision="abc",
        kind="git-push",
        reference="main",
        processes={"web": "serve", "worker": ""},
        formation={"web": 2, "worker": 0},
        config={"A": "it's \n 🌍"},
        domains=["shop.example"],
        ports=[PortMapping("http", 80, 5000)],
        mounts=[Mount("/a", "/b", "ro", ("deploy",), ("web",))],
        created_by="ann",
        reason="git push",
    )

    made = releases.add(shop, whole)

    assert releases.all(shop) == [made]
    expected = {**whole.__dict__, "id": made.id, "app_id": shop.id, "number": 1, "created_at": made.created_at}
    assert made.__dict__ == expected


def test_releases_are_numbered_by_app() -> None:
    shop, blog = apps.add("shop"), apps.add("blog")
    for app in (shop, blog, shop):
        releases.add(app, draft())

    assert [r.number for r in releases.all(shop)] == [2, 1]
    assert [r.number for r in releases.all(blog)] == [1]


def test_one_release_is_live() -> None:
    shop = apps.add("shop")
    first = releases.add(shop, draft())
    assert releases.live(shop) is None

    releases.promote(shop, first, [Process(Slot("web", 1), first.id, "c1", Endpoint("10.0.0.1", 5000))])
    releases.add(shop, draft())
    releases.fail(shop)
    third = releases.add(shop, draft())
    releases.promote(shop, third, [Process(Slot("worker", 1), third.id, "c2"), Process(Slot("web", 1), third.id, "c3")])
    releases.fail(shop)  # none is pending

    assert [r.status for r in releases.all(shop)] == ["live", "failed", "superseded"]
    assert [(str(p.slot), p.container, p.endpoint) for p in releases.processes(shop)] == [
        ("web.1", "c3", None),
        ("worker.1", "c2", None),
    ]


def test_two_processes_never_have_one_container() -> None:
    shop = apps.add("shop")
    release = releases.add(shop, draft())
    releases.set_processes(shop, [Process(Slot("web", 1), release.id, "c1")])

    twice = [Process(Slot("web", n), release.id, "c2") for n in (1, 2)]
    with pytest.raises(sqlite3.IntegrityError):
        releases.set_processes(shop, twice)

    assert [p.container for p in releases.processes(shop)] == ["c1"]


def test_nothing_of_a_removed_app_stays() -> None:
    shop = apps.add("shop")
    release = releases.add(shop, draft())
    releases.promote(shop, release, [Process(Slot("web", 1), release.id, "c1")])

    apps.remove(shop)

    assert apps.all() == releases.all(shop) == releases.processes(shop) == []
