from __future__ import annotations

from collections.abc import Sequence

import pytest

from paas import App, hookimpl
from paas.testing import Harness, Inventory


@pytest.fixture(autouse=True)
def only_these(inventory: Inventory) -> None:
    inventory.real = {"paas-apps", "paas-config"}


@pytest.fixture
def shop(paas: Harness) -> App:
    return paas.app("shop")


@pytest.fixture
def heard(inventory: Inventory) -> list[tuple[str | None, str, list[str]]]:
    heard = []

    @hookimpl
    def post_config_update(app: App | None, action: str, keys: Sequence[str]) -> None:
        heard.append((app.name if app else None, action, list(keys)))

    inventory.plugin("listener", post_config_update)
    return heard
