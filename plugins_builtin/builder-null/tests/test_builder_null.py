from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from paas import PaasError, Source, deployment, lifecycle, releases
from paas.testing import Harness
from paas_builder_null import refusal


@pytest.fixture
def source(tmp_path: Path) -> Source:
    (tmp_path / "tree").mkdir()
    return Source(tmp_path / "tree", "0123abcd", "git-push")


def test_it_builds_what_it_was_chosen_for_and_nothing_else(paas: Harness, source: Source) -> None:
    shop, store = paas.app("shop"), paas.app("store")
    paas.ok("builder:set", "shop", "selected", "null")

    with paas.inside():
        assert deployment.choose_builder(shop, source) == "builder-null"
        assert deployment.choose_builder(store, source) == "builder-herokuish"


@pytest.mark.parametrize("counts", [{}, {"web": 0}, {"web": 0, "worker": 0}])
def test_an_app_without_processes_needs_no_image(paas: Harness, counts: Mapping[str, int]) -> None:
    refusal.require_no_process(paas.app("shop"), counts)


def test_a_process_without_an_image_is_refused_by_name(paas: Harness) -> None:
    with pytest.raises(PaasError, match="no image to run web and worker") as refused:
        refusal.require_no_process(paas.app("shop"), {"worker": 2, "web": 1, "clock": 0})

    assert "ps:scale shop web=0 worker=0" in (refused.value.hint or "")


def test_a_deploy_without_processes_is_a_live_release(paas: Harness, source: Source) -> None:
    shop = paas.app("shop")
    paas.ok("builder:set", "shop", "selected", "null")
    paas.ok("proxy:disable", "shop")
    paas.ok("ps:scale", "shop", "web=0")

    with paas.inside():
        released = lifecycle.receive(shop, source, "git push")

        assert releases.live(shop) == releases.all(shop)[0]
        assert released.image.builder == "builder-null"
        assert not releases.processes(shop)


def test_a_deploy_that_would_start_one_leaves_the_release_before(paas: Harness, source: Source) -> None:
    shop = paas.app("shop")
    paas.ok("builder:set", "shop", "selected", "null")

    with paas.inside(), pytest.raises(PaasError, match="no image to run web"):
        lifecycle.receive(shop, source, "git push")

    with paas.inside():
        assert not releases.live(shop)
