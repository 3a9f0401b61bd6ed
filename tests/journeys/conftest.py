"""One system for all journeys, installed by install.sh under a temporary root beside whatever the machine runs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from testbed.client import Client
from testbed.system import System, installed


@pytest.fixture(scope="session")
def system() -> Iterator[System]:
    # Not below pytest's own folder, which only root can enter.
    with tempfile.TemporaryDirectory(prefix="paas-test-") as folder, installed(Path(folder)) as made:
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
