"""One system for all journeys, installed by install.sh under a temporary root beside whatever the machine runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from testbed.system import System, installed

from testbed.client import Client


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with installed(tmp_path_factory.mktemp("system")) as made:
        yield made


@pytest.fixture
def ann(system: System, tmp_path: Path) -> Client:
    """A user whose key the system knows, with working copies of her own."""
    return system.client(tmp_path / "ann")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker("journey")
