"""A made-up builder, scheduler and proxy: a record of what the lifecycle asks of them, in order."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from paas import App, Endpoint, Image, PaasError, Process, Release, Slot, Source, apps, hookimpl, lifecycle
from paas.context import Context
from paas.testing import Harness, Inventory


@dataclass
class World:
    """What the made-up plugins were asked for.

    Attributes:
        events: What happened, as `build shop`, `deploy web.1 of 2` …
        fail: The next of these raises.
        kill: At the next of these, the process is killed.
        running: Container to slot.
        settled: What had happened when the proxy was last to let go of what it served before.
    """

    events: list[str] = field(default_factory=list)
    fail: str = ""
    kill: str | None = None
    running: dict[str, Slot] = field(default_factory=dict)
    serves: list[str] = field(default_factory=list)
    containers: int = 0
    settled: list[str] = field(default_factory=list)

    def note(self, event: str) -> None:
        self.events.append(event)
        if self.kill is not None and event.startswith(self.kill):
            os.kill(os.getpid(), signal.SIGKILL)
        if self.fail and event.startswith(self.fail):
            raise PaasError(f"no {event}")


@pytest.fixture
def world(inventory: Inventory) -> World:
    world = World()

    @hookimpl
    def builder_detect() -> Sequence[str]:
        return ["brick"]

    @hookimpl
    def build(source: Source) -> Image:
        world.note(f"build {source.revision}")
        return Image(f"sha256:{source.revision}", "brick")

    @hookimpl
    def discard_image(image: Image) -> None:
        world.note(f"discard {image.id}")

    @hookimpl
    def deploy(release: Release, slots: Sequence[Slot]) -> Sequence[Process]:
        world.note(f"deploy {' '.join(map(str, slots))} of {release.number}")
        started = []
        for slot in slots:
            world.containers += 1
            name = f"c{world.containers}"
            world.running[name] = slot
            started.append(Process(slot, release.id, name, Endpoint(name, 80) if slot.type == "web" else None))
        return started

    @hookimpl
    def retire(processes: Sequence[Process], after: float) -> None:
        world.note(f"retire {' '.join(p.container for p in processes)} after {after:g}")
        for process in processes:
            world.running.pop(process.container, None)

    @hookimpl
    def proxy_configure(endpoints: Sequence[Endpoint]) -> None:
        world.note(f"serve {' '.join(e.address for e in endpoints)}")
        world.serves = [e.address for e in endpoints]

    @hookimpl
    def proxy_clear_config(app: App) -> None:
        world.note(f"forget {app.name}")

    @hookimpl
    def proxy_settle() -> None:
        world.settled = [*world.events]

    inventory.plugin("brick", builder_detect, build, discard_image)
    inventory.plugin("docker", deploy, retire)
    inventory.plugin("gate", proxy_configure, proxy_clear_config, proxy_settle)
    return world


@pytest.fixture
def inside(paas: Harness) -> Iterator[Context]:
    with paas.inside() as context:
        yield context


@pytest.fixture
def shop(inside: Context) -> App:
    inside.paths.app("shop").mkdir(parents=True)
    return apps.add("shop")  # no hook is called, so that a test can still install plugins


def push(app: App, revision: str = "a") -> Release:
    """Deploy a made-up source."""
    return lifecycle.receive(app, Source(Path("/nowhere"), revision, "git-push"), "git push")


def refusing(hook: str) -> Callable[..., Any]:
    """An implementation of a hook that raises."""

    def refuse() -> None:
        raise PaasError(f"{hook} says no")

    refuse.__name__ = hook
    return hookimpl(refuse)
