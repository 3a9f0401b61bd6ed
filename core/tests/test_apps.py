"""What the store knows of apps: names, releases and processes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from paas import (
    App,
    Endpoint,
    Image,
    InvalidValue,
    Mount,
    PaasError,
    PortMapping,
    Process,
    Release,
    Slot,
    UsageError,
    apps,
    hookimpl,
)
from paas.apps import MAX_NAME, checked_name
from paas.errors import AppNotFound
from paas.testing import Harness, Inventory

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


@pytest.fixture(autouse=True)
def inside(paas: Harness, inventory: Inventory) -> Iterator[None]:
    with paas.inside():
        yield


def draft(**fields: object) -> Release:
    return Release(0, 0, 0, "pending", 0, Image("sha256:1", "brick"), **fields)  # type: ignore[arg-type]


# Names


@given(st.text() | st.text(f"{LETTERS}.-_S/\n"))
@example("shop\n")
@example("../shop")
@example("a/b")
@example(".ssh")
@example("Shop")
@example("a\0")
@example("a..b")
@example("-rf")
@example("shop.")
@example("ü")
@example("٣")
@example("")
@example("--global")
@example("a" * (MAX_NAME + 1))
def test_a_name_is_harmless_wherever_it_is_put_or_refused(name: str) -> None:
    try:
        checked_name(name)
    except (InvalidValue, UsageError):
        return
    assert set(name) <= set(LETTERS + ".-")
    assert name[0] in LETTERS
    assert name[-1] in LETTERS
    assert ".." not in name
    assert len(name) <= MAX_NAME


def test_an_endless_name_is_refused_in_a_short_sentence() -> None:
    with pytest.raises(InvalidValue) as error:
        checked_name("a" * 100_000)

    assert len(error.value.message) < 200


@given(st.from_regex(r"[a-z0-9](-?[a-z0-9])*", fullmatch=True).filter(lambda name: len(name) <= MAX_NAME))
@example("my.app.example.com")
def test_an_ordinary_name_is_accepted(name: str) -> None:
    assert checked_name(name) == name


def test_names_are_unique_and_apps_listed_by_them() -> None:
    shop = apps.add("shop")
    apps.add("blog")

    with pytest.raises(PaasError, match="Name is already taken: shop"):
        apps.add("shop")
    assert [app.name for app in apps.all()] == ["blog", "shop"]
    assert apps.load("shop") == apps.find("shop") == apps.by_id(shop.id) == shop
    with pytest.raises(AppNotFound, match=r"App none does not exist\."):
        apps.load("none")


def test_a_renamed_app_is_the_same_app() -> None:
    shop = apps.add("shop")
    apps.add("blog")

    store = apps.rename(shop, "store")

    assert (store.id, store.owner) == (shop.id, shop.owner)
    for taken in ("blog", "store"):
        with pytest.raises(PaasError, match="already"):
            apps.rename(store, taken)
    with pytest.raises(InvalidValue):
        apps.rename(store, "../x")


def test_an_app_or_all_of_them_must_be_chosen() -> None:
    shop = apps.add("shop")

    assert apps.chosen("shop", every=False) == apps.chosen(None, every=True) == [shop]
    for name, every in ((None, False), ("shop", True)):
        with pytest.raises(UsageError):
            apps.chosen(name, every)


def test_a_key_sees_what_plugins_let_it_see(paas: Harness, inventory: Inventory) -> None:
    apps.add("shop")
    blog = apps.add("blog")

    @hookimpl
    def visible_apps(apps: Sequence[App]) -> Sequence[App]:
        return [app for app in apps if app.name == "blog"]

    inventory.plugin("teams", visible_apps)

    with paas.inside(key="ann"):
        assert apps.visible() == [blog]
    assert len(apps.visible()) == 2


# Releases


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

    made = apps.add_release(shop, whole)

    assert apps.releases(shop) == [made]
    expected = {**whole.__dict__, "id": made.id, "app_id": shop.id, "number": 1, "created_at": made.created_at}
    assert made.__dict__ == expected


def test_releases_are_numbered_by_app() -> None:
    shop, blog = apps.add("shop"), apps.add("blog")
    for app in (shop, blog, shop):
        apps.add_release(app, draft())

    assert [r.number for r in apps.releases(shop)] == [2, 1]
    assert [r.number for r in apps.releases(blog)] == [1]


def test_one_release_is_live() -> None:
    shop = apps.add("shop")
    first = apps.add_release(shop, draft())
    assert apps.live_release(shop) is None

    apps.promote(shop, first, [Process(Slot("web", 1), first.id, "c1", Endpoint("10.0.0.1", 5000))])
    apps.add_release(shop, draft())
    apps.fail_release(shop)
    third = apps.add_release(shop, draft())
    apps.promote(shop, third, [Process(Slot("worker", 1), third.id, "c2"), Process(Slot("web", 1), third.id, "c3")])
    apps.fail_release(shop)  # none is pending

    assert [r.status for r in apps.releases(shop)] == ["live", "failed", "superseded"]
    assert [(str(p.slot), p.container, p.endpoint) for p in apps.processes(shop)] == [
        ("web.1", "c3", None),
        ("worker.1", "c2", None),
    ]


def test_two_processes_never_have_one_container() -> None:
    shop = apps.add("shop")
    release = apps.add_release(shop, draft())
    apps.set_processes(shop, [Process(Slot("web", 1), release.id, "c1")])

    twice = [Process(Slot("web", n), release.id, "c2") for n in (1, 2)]
    with pytest.raises(sqlite3.IntegrityError):
        apps.set_processes(shop, twice)

    assert [p.container for p in apps.processes(shop)] == ["c1"]


def test_nothing_of_a_removed_app_stays() -> None:
    shop = apps.add("shop")
    release = apps.add_release(shop, draft())
    apps.promote(shop, release, [Process(Slot("web", 1), release.id, "c1")])

    apps.remove(shop)

    assert apps.all() == apps.releases(shop) == apps.processes(shop) == []
