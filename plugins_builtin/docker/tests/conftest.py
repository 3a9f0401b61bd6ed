from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from paas.testing import Harness
from paas_docker.api import Build, Container, Engine, ours
from paas_docker.engine import DockerEngine
from paas_docker.testing import FakeDocker

OURS = f"paas-contract-{os.getpid()}"
"""What the names of this run begin with, as several may go on at once."""
SHOP = f"{OURS}/shop:1"
SUBNETS = [(f"10.{n}.0.0/16", f"10.{n}.0.0/18") for n in range(200, 232)]

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
    (name,) = engine.build(Build(folder, f"{OURS}/base:{tmp_path.name}", labels=ours()), print).tags
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


def source(folder: Path, dockerfile: str) -> Path:
    folder.mkdir()
    (folder / "Dockerfile").write_text(dockerfile)
    return folder


def shell(base: str, script: str, name: str = f"{OURS}.web.1", **given: object) -> Container:
    return Container(name, base, ["/bin/sh", "-c", script], labels=ours(), **given)  # type: ignore[arg-type]


def ended(engine: Engine, container: Container) -> str:
    """Create and start a container, and wait for its end."""
    id = engine.create(container)
    engine.start(id)
    engine.wait(id)
    return id


def eventually(check: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.05)
