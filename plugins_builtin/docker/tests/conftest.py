from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from paas.testing import Harness
from paas_docker.api import Build, Engine, ours
from paas_docker.engine import DockerEngine
from paas_docker.testing import FakeDocker

BUSYBOX = Path("/bin/busybox")
"""Of the Debian package busybox-static: an image of it alone needs no registry."""

BASE = """
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
"""


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.journey)])
def engine(request: pytest.FixtureRequest, paas: Harness, docker: FakeDocker) -> Iterator[Engine]:
    """Each of the two engines, in turn; whatever a test makes with `ours()` as labels is removed after it."""
    with paas.inside():
        if request.param == "fake":
            yield docker
        else:
            paas.real.add("docker")
            yield DockerEngine()
            _remove_ours()


@pytest.fixture
def base(engine: Engine, tmp_path: Path) -> str:
    """The name of an image with a shell."""
    folder = tmp_path / "base"
    folder.mkdir()
    (folder / "Dockerfile").write_text(BASE)
    if isinstance(engine, DockerEngine):
        shutil.copy(BUSYBOX, folder / "busybox")
    else:
        (folder / "busybox").touch()
    (name,) = engine.build(
        Build(folder, f"paas-contract-{os.getpid()}/base:{tmp_path.name}", labels=ours()), print
    ).tags
    return name


def _remove_ours() -> None:
    engine = DockerEngine()
    for container in engine.containers(ours()):
        engine.remove(container.id)
    for name, labels in engine.networks():
        if labels.items() >= ours().items():
            subprocess.run(["docker", "network", "rm", name], check=True, stdout=subprocess.DEVNULL)
    for _ in range(2):  # an image goes before the one that it was made from
        for image in engine.images(ours()):
            subprocess.run(["docker", "image", "rm", "--force", image.id], stdout=subprocess.DEVNULL, check=False)
    assert not engine.images(ours())
