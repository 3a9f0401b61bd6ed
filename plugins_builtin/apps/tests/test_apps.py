from __future__ import annotations

from paas.testing import Harness


def test_a_created_app_is_listed(paas: Harness) -> None:
    paas.ok("apps:create", "shop")
    paas.ok("apps:create", "blog")

    assert paas.ok("apps:list").splitlines() == ["=====> My Apps", "blog", "shop"]


def test_a_taken_name_is_refused(paas: Harness) -> None:
    paas.app("shop")

    result = paas.run("apps:create", "shop")

    assert result.exit_code == 1
    assert "already taken" in result.stderr


def test_destroying_asks_for_the_name(paas: Harness) -> None:
    paas.app("shop")

    assert paas.run("apps:destroy", "shop", input="ship\n").exit_code == 1
    assert paas.run("apps:exists", "shop").exit_code == 0

    assert paas.run("apps:destroy", "shop", input="shop\n").exit_code == 0
    assert paas.run("apps:exists", "shop").exit_code == 20


def test_a_destroyed_app_leaves_nothing_to_its_successor(paas: Harness) -> None:
    paas.app("shop")
    paas.ok("apps:lock", "shop")
    paas.ok("apps:destroy", "--force", "shop")

    paas.app("shop")

    assert paas.run("apps:locked", "shop").exit_code == 1


def test_a_locked_app_says_who_locked_it(paas: Harness) -> None:
    paas.app("shop")
    paas.ok("apps:lock", "shop", key="ann")

    assert "by ann" in paas.ok("apps:locked", "shop")
    assert "already locked" in paas.run("apps:lock", "shop").stderr


def test_a_report_has_one_field_alone(paas: Harness) -> None:
    paas.app("shop")

    assert paas.ok("apps:report", "shop", "--app-locked") == "false\n"
