"""Only what nobody needs goes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pytest

from paas import App, PaasError, hookimpl, scratch
from paas.testing import Harness, Inventory
from paas.upkeep import Leftover


@pytest.fixture
def removed(inventory: Inventory) -> list[str]:
    """What was removed of a plugin that has two leftovers, of which one is of the app shop."""
    removed: list[str] = []

    def remove(name: str) -> None:
        if name == "stuck":
            raise PaasError("It is in use.")
        removed.append(name)

    @hookimpl
    def leftovers(app: App | None) -> Sequence[Leftover]:
        names = ["shop.web.1"] if app else ["shop.web.1", "stuck" if "stuck" in removed else "lost"]
        return [Leftover("container", name, 1536, partial(remove, name)) for name in names]

    inventory.real = ("paas-apps", "paas-cleanup")
    inventory.plugin("shelf", leftovers)
    return removed


def test_everything_that_is_left_over_goes_and_is_named_with_its_size(paas: Harness, removed: list[str]) -> None:
    said = paas.ok("cleanup")

    assert "container    1.5 kB  shop.web.1\n" in said
    assert "=====> Removed 2, up to 3.0 kB" in said
    assert len(removed) == 2


def test_a_dry_run_removes_nothing(paas: Harness, removed: list[str]) -> None:
    said = paas.ok("cleanup", "--dry-run")

    assert "shop.web.1" in said
    assert "=====> Would remove 2, up to 3.0 kB" in said
    assert removed == []


def test_one_app_can_be_cleaned_up_alone(paas: Harness, removed: list[str]) -> None:
    paas.app("shop")

    assert "Removed 1, up to 1.5 kB" in paas.ok("cleanup", "shop")
    assert removed == ["shop.web.1"]
    assert paas.run("cleanup", "nothing").exit_code == 20


def test_what_cant_be_removed_is_named_and_fails_the_command(paas: Harness, removed: list[str]) -> None:
    removed.append("stuck")

    result = paas.run("cleanup")

    assert result.exit_code == 1
    assert "The container stuck could not be removed: It is in use." in result.stderr


def test_nothing_left_over_is_said(paas: Harness, inventory: Inventory) -> None:
    inventory.real = ("paas-apps", "paas-cleanup")

    assert "Nothing is left over" in paas.ok("cleanup")


def test_a_folder_of_a_killed_command_goes_and_one_in_use_stays(paas: Harness, inventory: Inventory) -> None:
    inventory.real = ("paas-apps", "paas-cleanup")
    left = paas.paths.scratch / "held-source-1"
    left.mkdir(parents=True)
    (left / "file").write_bytes(b"x" * 2048)
    with paas.inside(), scratch.folder("source") as held, pytest.MonkeyPatch.context() as patch:
        patch.setattr(scratch, "YOUNG_SECONDS", 0)

        said = paas.ok("cleanup")

        assert held.exists()
    assert f"folder       2.0 kB  {left}\n" in said
    assert not left.exists()


def test_a_folder_that_has_just_been_made_stays(paas: Harness, inventory: Inventory) -> None:
    inventory.real = ("paas-apps", "paas-cleanup")
    young = paas.paths.scratch / "held-source-2"
    young.mkdir(parents=True)

    paas.ok("cleanup")

    assert young.exists()
