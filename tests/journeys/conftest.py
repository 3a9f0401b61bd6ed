"""One system for all journeys, installed by install.sh under a temporary root beside whatever the machine runs."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from testbed import debian
from testbed.client import Client
from testbed.engine import Dockerd, dockerd
from testbed.system import REPOSITORY, USER, System, installed, make_stack
from testbed.truth import agreeing

FEW_BUT_LONG = {"test_tutorial", "test_recorder", "test_hostile_sites", "test_load"}
"""Files of a test or two that take half a minute; how many tests others have tells well enough how long they take."""


@pytest.fixture(scope="session")
def system() -> Iterator[System]:
    # Not below pytest's own folder, which only root can enter.
    with tempfile.TemporaryDirectory(prefix="paas-test-") as folder, installed(Path(folder)) as made:
        shared.append(made)
        yield made


shared: list[System] = []
"""The system that the files of one process have together, once the first of them has asked for it."""


@pytest.fixture(scope="module", autouse=True)
def apps_of_this_file() -> Iterator[None]:
    """Apps go with the file that made them: which file comes next, and what it calls its own, is a matter of luck."""
    yield
    for system in shared:
        for build in json.loads(system.ok("builds:list", "--format", "json")):  # of a test that failed
            system.paas("builds:cancel", build["app"])
        for name in json.loads(system.ok("apps:list", "--format", "json")):
            system.ok("--force", "apps:destroy", name)


@pytest.fixture(scope="session")
def engine() -> Iterator[Dockerd]:
    """A dockerd that may be killed."""
    with tempfile.TemporaryDirectory(prefix="paas-test-") as folder, dockerd(Path(folder) / "docker") as started:
        Path(folder).chmod(0o755)
        yield started


@pytest.fixture(scope="session")
def shaky(engine: Dockerd) -> Iterator[System]:
    """A system on a dockerd that may be killed, with a saboteur."""
    with (
        tempfile.TemporaryDirectory(prefix="paas-test-") as folder,
        installed(Path(folder), f"{USER}-shaky", str(engine.socket)) as made,
    ):
        made.ok("plugin:install", str(REPOSITORY / "tests" / "saboteur"))
        yield made


@pytest.fixture(scope="session")
def stack(system: System) -> None:
    """The image for buildpacks, which stays on the machine's engine for later runs."""
    make_stack(system.folder / "bin" / "paas")


@pytest.fixture(scope="session")
def postgres(system: System) -> None:
    """The plugin, and its image of version 15, which stays on the machine's engine for later runs."""
    system.ok("plugin:install", "postgres")
    system.ok("postgres:image-build", "15", "--base", debian.base_image())


@pytest.fixture
def ann(system: System, tmp_path: Path) -> Client:
    """A user whose key the system knows, with working copies of her own."""
    return system.client(tmp_path / "ann")


@pytest.fixture
def agreement(system: System) -> Iterator[None]:
    """Of whatever a test deploys, the store, the containers and nginx tell the same at its end."""
    with agreeing(system):
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the journeys, and put the long files first: of those at the end one process would wait for the other's."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker("journey")
    sizes = Counter(item.path for item in items if item.get_closest_marker("journey"))
    items.sort(key=lambda item: (item.path.stem not in FEW_BUT_LONG, -sizes[item.path]))
