"""Services that apps are linked to."""

from __future__ import annotations

import pytest

from paas import PaasError
from paas.testing import Harness
from paas_scheduler_docker.testing import Stage
from paas_services.testing import refused

from .conftest import variables


def test_an_app_gets_the_url_until_it_is_unlinked(box: Harness) -> None:
    box.ok("box:create", "orders")
    dsn = box.ok("box:info", "orders", "--dsn").strip()

    box.ok("box:link", "orders", "shop", "--querystring", "a=b")

    assert variables(box) == {"BOX_URL": f"{dsn}?a=b"}
    assert (box.ok("box:links", "orders"), box.ok("box:app-links", "shop")) == ("shop\n", "orders\n")
    box.ok("box:linked", "orders", "shop")
    assert "Already linked as BOX_URL" in refused(box, "box:link", "orders", "shop")
    box.ok("box:unlink", "orders", "shop")
    assert variables(box) == {}
    assert "is not linked" in refused(box, "box:unlink", "orders", "shop")
    assert "is not linked" in refused(box, "box:linked", "orders", "shop")


def test_further_links_get_colours_aliases_and_the_scheme_that_the_app_wants(box: Harness) -> None:
    for name in ("one", "two", "three"):
        box.ok("box:create", name)
    box.ok("config:set", "shop", "BOX_DATABASE_SCHEME=boxes", "MINE_URL=x")
    box.ok("box:link", "one", "shop")
    box.ok("box:link", "two", "shop")
    assert "MINE_URL is set" in refused(box, "box:link", "three", "shop", "--alias", "MINE")
    box.ok("box:link", "three", "shop", "--alias", "OTHER")

    found = variables(box)

    assert {"BOX_URL", "BOX_AQUA_URL", "OTHER_URL"} <= found.keys()
    assert found["BOX_URL"].startswith("boxes://")
    box.ok("box:promote", "two", "shop")
    promoted = variables(box)
    assert promoted["BOX_URL"] == found["BOX_AQUA_URL"]
    assert promoted["BOX_BLACK_URL"] == found["BOX_URL"], "the first service has a variable still"
    assert promoted["BOX_AQUA_URL"] == found["BOX_AQUA_URL"], "whoever reads it reads on"
    box.ok("box:promote", "one", "shop")
    assert variables(box) == {**promoted, "BOX_URL": found["BOX_URL"]}
    for name in ("one", "two", "three"):
        box.ok("box:unlink", name, "shop")
    assert variables(box).keys() == {"BOX_DATABASE_SCHEME", "MINE_URL"}


def test_a_variable_of_the_app_s_own_gives_way_to_a_promoted_service_and_is_not_lost(box: Harness) -> None:
    box.ok("config:set", "shop", "BOX_URL=mine")
    box.ok("box:create", "orders")
    box.ok("box:link", "orders", "shop")

    assert "What BOX_URL was is BOX_BLACK_URL now" in box.ok("box:promote", "orders", "shop")

    assert variables(box)["BOX_BLACK_URL"] == "mine"
    box.ok("box:unlink", "orders", "shop")
    assert variables(box) == {"BOX_BLACK_URL": "mine"}


def test_a_link_whose_variable_can_t_be_set_is_none(box: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    box.ok("box:create", "orders")

    def set(*_: object, **__: object) -> None:
        raise PaasError("It is too much for one environment.")

    monkeypatch.setattr("paas_services.linking.config.set", set)
    assert "too much" in refused(box, "box:link", "orders", "shop")
    assert box.ok("box:links", "orders") == ""


def test_an_app_that_runs_is_restarted_with_the_url_unless_told_not_to(box: Harness, stage: Stage) -> None:
    box.ok("box:create", "orders")
    stage.deploy(Procfile="web: serve")

    assert "Skipping restart" in box.ok("box:link", "orders", "shop", "-n")
    box.ok("box:unlink", "orders", "shop", "-n")
    assert "Restarting app shop" in box.ok("box:link", "orders", "shop")

    live = stage.docker.inspect("shop.web.1")["Config"]["Env"]
    assert any(text.startswith("BOX_URL=box://") for text in live)


def test_an_app_that_starts_has_its_services_started(box: Harness, stage: Stage) -> None:
    for name in ("orders", "other"):
        box.ok("box:create", name)
        box.ok("box:link", name, "shop")
    stage.deploy(Procfile="web: serve")
    box.ok("ps:stop", "shop")
    box.ok("box:pause", "orders")
    box.ok("box:stop", "other")

    started = box.run("ps:start", "shop")

    assert started.exit_code == 0
    assert box.ok("box:info", "orders", "--status") == "running\n"
    assert "shop uses other, which is stopped: box:start other" in started.stderr


def test_a_clone_of_an_app_is_linked_as_its_original(box: Harness) -> None:
    box.ok("box:create", "orders")
    box.ok("box:link", "orders", "shop")

    box.ok("apps:clone", "shop", "copy")

    assert box.ok("box:links", "orders") == "copy\nshop\n"
    box.ok("box:unlink", "orders", "copy")
    assert variables(box, "copy") == {}
