from __future__ import annotations

import pytest

from paas import App, PaasError, hookimpl, locks
from paas.testing import Harness, Inventory


@pytest.fixture
def asked(inventory: Inventory) -> list[str]:
    """What a plugin that keeps something is asked for, with who holds the app's deploy lock meanwhile."""
    asked: list[str] = []

    @hookimpl
    def repo_gc(app: App) -> None:
        asked.append(f"gc {app.name}, {locks.holder(app.id)}")

    @hookimpl
    def purge_cache(app: App) -> None:
        asked.append(f"purge {app.name}, {bool(locks.holder(app.id))}")

    inventory.real = ("paas-repo", "paas-apps")
    inventory.plugin("keeper", repo_gc, purge_cache)
    return asked


def test_who_keeps_a_source_packs_it_and_no_deploy_waits(asked: list[str], paas: Harness) -> None:
    paas.app()

    assert paas.ok("repo:gc", "shop") == "-----> Packing the repository of shop\n"
    assert asked == ["gc shop, None"]


def test_a_cache_is_purged_while_no_build_uses_it(asked: list[str], paas: Harness) -> None:
    paas.app()

    assert paas.ok("repo:purge-cache", "shop") == "-----> The build cache of shop is empty\n"
    assert asked == ["purge shop, True"]


@pytest.mark.parametrize("verb", ["repo:gc", "repo:purge-cache"])
def test_an_app_that_is_not_there_is_an_error(asked: list[str], paas: Harness, verb: str) -> None:
    assert paas.run(verb, "shop").exit_code == 20
    assert asked == []


def test_what_can_not_be_purged_is_said(inventory: Inventory, paas: Harness) -> None:
    @hookimpl
    def purge_cache() -> None:
        raise PaasError("the disk is read-only")

    inventory.real = ("paas-repo", "paas-apps")
    inventory.plugin("stubborn", purge_cache)
    paas.app()

    refused = paas.run("repo:purge-cache", "shop")

    assert refused.exit_code == 1
    assert "the disk is read-only" in refused.stderr
    assert "empty" not in refused.stdout
