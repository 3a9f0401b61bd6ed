"""For tests of what runs: a pytest plugin that deploys apps on the stand-in Docker, without git, a build or nginx.

def test_a_push_brings_its_processes(stage: Stage) -> None:
    stage.deploy(Procfile="web: serve")

    assert stage.running() == ["web.1"]
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from paas import App, Endpoint, Image, Release, Source, hookimpl, lifecycle, releases
from paas.testing import Harness, Inventory
from paas_docker.api import State
from paas_docker.testing import FakeDocker

RUNNING = (
    "paas-apps",
    "paas-docker",
    "paas-scheduler",
    "paas-scheduler-docker",
    "paas-app-json",
    "paas-checks",
    "paas-ps",
    "paas-logs",
)


@dataclass
class Stage:
    """Deploys apps, and stands in for git, their builder and their proxy.

    Attributes:
        folder: The source.
        image: What every build comes to.
        routes: App to the endpoints that its requests go to.
        refuses: The proxy refuses every configuration.
    """

    paas: Harness
    docker: FakeDocker
    folder: Path
    image: Image = field(default_factory=lambda: Image("base:latest", "stage"))
    routes: dict[str, list[str]] = field(default_factory=dict)
    refuses: bool = False

    def deploy(self, name: str = "shop", **files: str) -> Release:
        """Push a source of these files, such as `Procfile="web: serve"`; all others are gone."""
        app = self.paas.app(name)
        with self.paas.inside():
            return lifecycle.receive(app, self.source(**files), "git push")

    def source(self, **files: str) -> Source:
        """A source with these files; an underscore in a name stands for a dot."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        for name, text in files.items():
            file = self.folder / name.replace("_", ".")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return Source(self.folder, "c0ffee", "git-push", "main")

    def live(self, name: str = "shop") -> Release:
        """The live release of an app."""
        app = self.paas.app(name)
        with self.paas.inside():
            found = releases.live(app)
        assert found, f"Nothing of {name} is live."
        return found

    def containers(self) -> dict[str, State]:
        """Every container, by its name."""
        return {container.name: container for container in self.docker.containers({})}

    def running(self, name: str = "shop") -> list[str]:
        """The processes that are meant to run."""
        app = self.paas.app(name)
        with self.paas.inside():
            return [str(process.slot) for process in releases.processes(app)]


@pytest.fixture
def stage_also() -> Sequence[str]:
    """Distributions that a test wants beside those that run apps: it has a fixture of this name instead."""
    return ()


@pytest.fixture
def stage(paas: Harness, inventory: Inventory, tmp_path: Path, docker: FakeDocker, stage_also: Sequence[str]) -> Stage:
    """A system with the plugins that run apps, and whatever else the test puts into the inventory."""
    stage = Stage(paas, docker, tmp_path / "source")

    @hookimpl
    def proxy_configure(app: App, endpoints: Sequence[Endpoint]) -> None:
        if stage.refuses:
            raise RuntimeError("nginx says no")
        stage.routes[app.name] = [str(endpoint) for endpoint in endpoints]

    @hookimpl
    def proxy_clear_config(app: App) -> None:
        stage.routes.pop(app.name, None)

    @hookimpl
    def build() -> Image:
        return stage.image

    @hookimpl
    def builder_detect() -> Sequence[str]:
        return ["stage"]

    @hookimpl
    def discard_image(image: Image) -> None:
        docker.calls.append(("discard", image.id))

    @hookimpl
    def source_of(revision: str) -> AbstractContextManager[Source] | None:
        return nullcontext(Source(stage.folder, "c0ffee", "rebuild")) if revision else None

    inventory.real = (*RUNNING, *stage_also)
    inventory.plugin("stage", proxy_configure, proxy_clear_config, build, builder_detect, discard_image, source_of)
    docker.add_image("base:latest", command=("serve",))
    paas.ok("scheduler-docker:set", "--global", "start-uptime", "0")
    return stage
