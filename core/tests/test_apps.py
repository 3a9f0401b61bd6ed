"""The apps that the store knows, and their names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from paas import App, InvalidValue, PaasError, UsageError, apps, hookimpl
from paas.apps import MAX_NAME, checked_name
from paas.errors import AppNotFound
from paas.testing import Harness, Inventory

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


@pytest.fixture(autouse=True)
def inside(paas: Harness, inventory: Inventory) -> Iterator[None]:
    with paas.inside():
        yield


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
@example("shop.git")
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
    assert not name.endswith(".git")  # what git takes for another way to write it
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
