"""For tests of what runs: apps are deployed on the stand-in Docker, without git, a build or nginx."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from paas import App, Endpoint, Image, Release, Source, apps, hookimpl, lifecycle
from paas.testing import Harness, Inventory, installed

RUNNING = ("paas-apps", "paas-docker", "paas-scheduler", "paas-scheduler-docker", "paas-ps", "paas-logs", "paas-stage")


@dataclass
class Stage:
    """Deploys apps, and stands in for their proxy.

    Attributes:
        routes: App to the endpoints that its requests go to.
        refuses: The proxy refuses every configuration.
    """

    paas: Harness
    folder: Path
    routes: dict[str, list[str]] = field(default_factory=dict)
    refuses: bool = False

    def deploy(self, name: str = "shop", image: Image | None = None, **files: str) -> Release:
        """Release an image with a source of these files, such as `Procfile="web: serve"`, and start it."""
        app = self.paas.app(name)
        source = self.source(**files)
        with self.paas.inside(), lifecycle.deploying(app, "test"):
            release = lifecycle.record(app, image or Image("base:latest", "none"), source, "test")
            lifecycle.start(app, release)
            return apps.live_release(app) or release

    def source(self, **files: str) -> Source:
        self.folder.mkdir(exist_ok=True)
        for name, text in files.items():
            (self.folder / name.replace("_", ".")).write_text(text)
        return Source(self.folder, "c0ffee", "git-push", "main")

    def running(self, name: str = "shop") -> list[str]:
        """The processes that are meant to run."""
        app = self.paas.app(name)
        with self.paas.inside():
            return [str(process.slot) for process in apps.processes(app)]


@pytest.fixture
def stage(paas: Harness, inventory: Inventory, tmp_path: Path, docker: object) -> Iterator[Stage]:
    """A system with the plugins that run apps, and whatever else the test puts into the inventory."""
    stage = Stage(paas, tmp_path / "source")

    @hookimpl
    def proxy_configure(app: App, endpoints: Sequence[Endpoint]) -> None:
        if stage.refuses:
            raise RuntimeError("nginx says no")
        stage.routes[app.name] = [str(endpoint) for endpoint in endpoints]

    @hookimpl
    def proxy_clear_config(app: App) -> None:
        stage.routes.pop(app.name, None)

    inventory.real = True
    inventory.plugin("stage", proxy_configure, proxy_clear_config)
    with installed(*RUNNING):
        docker.add_image("base:latest", command=("serve",))  # type: ignore[attr-defined]
        paas.ok("scheduler-docker:set", "--global", "start-uptime", "0")
        yield stage
