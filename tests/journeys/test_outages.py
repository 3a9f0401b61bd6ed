"""Docker, or the build, is killed while a deploy is going on, at each of its phases."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from testbed import sabotage
from testbed.client import Answer
from testbed.engine import Dockerd, command, kill_all, running
from testbed.sabotage import minute_passes
from testbed.servers import wait_until
from testbed.site import Site, live
from testbed.system import System
from testbed.truth import assert_all_agree, assert_nothing_is_left

SOAK = bool(os.environ.get("PAAS_TEST_SOAK"))
REPEATS = 10 if SOAK else 1
RANDOM_MOMENTS = 100 if SOAK else 1

PHASES = ["extract", "receive", "build", "release", "start", "created", "check", "proxy", "promote", "retire"]
PHASES += ["pre-build", "reload", "live"] if SOAK else []
NEEDS_DOCKER_NO_MORE = ("check", "reload", "proxy", "promote", "retire", "live")
"""Phases from which on a deploy needs no Docker to go live."""


@pytest.fixture(scope="module")
def site(shaky: System, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return live(shaky, tmp_path_factory.mktemp("outages"), "page", "first")


@pytest.mark.parametrize("turn", range(REPEATS))
@pytest.mark.parametrize("phase", PHASES)
def test_docker_is_killed_during_a_deploy(site: Site, engine: Dockerd, phase: str, turn: int) -> None:
    old, new = site.shown(), f"{phase} {turn}"
    site.change(new)

    with sabotage.held(site.system, site.client, site.copy, phase) as pushing:
        engine.kill()
        assert site.shown() in (old, new)  # containers go on without it
    pushed = pushing.result()
    engine.start()

    assert (pushed.code == 0) == (phase in NEEDS_DOCKER_NO_MORE), pushed.all
    assert_it_recovers(site, new if phase in NEEDS_DOCKER_NO_MORE else old)


@pytest.mark.parametrize("turn", range(REPEATS))
@pytest.mark.parametrize("killed", ["client", "step", "dockerd"])
def test_a_build_is_killed(site: Site, engine: Dockerd, killed: str, turn: int) -> None:
    old = site.shown()
    with building(site, f"{killed} {turn}") as (step, pushing):
        if killed == "dockerd":
            engine.kill()
        else:
            kill_all(step if killed == "step" else running("paas/page:"))
        pushed = pushing.result()
        assert site.shown() == old
        if killed == "dockerd":
            engine.start()
            assert all(map(command, step)), "docs/deploy.md says that a step outlives dockerd"
        else:
            wait_until(lambda: not any(map(command, step)), "The build goes on.")

    assert pushed.code == 1, pushed.all
    assert "App build failed" in pushed.err, pushed.all
    assert_it_recovers(site, old)


@pytest.mark.parametrize("turn", range(RANDOM_MOMENTS))
def test_docker_is_killed_at_any_moment_of_a_deploy(site: Site, engine: Dockerd, turn: int) -> None:
    old, new = site.shown(), f"moment {turn}"
    site.change(new)

    with ThreadPoolExecutor(1) as pool:
        pushing = pool.submit(site.push)
        time.sleep(random.uniform(0, 3))
        engine.kill()
        pushing.result()
    engine.start()

    site.answers(old, new)
    minute_passes(site.system)
    assert_it_recovers(site, old, new)


def assert_it_recovers(site: Site, *expected: str) -> None:
    """Nobody does anything: a page answers that was expected, nothing is left, and the next push goes live."""
    site.answers(*expected)
    minute_passes(site.system)
    site.answers(*expected)
    assert_nothing_is_left(site.system, site.name)
    site.show(f"after {expected[-1]}")
    assert_all_agree(site.system, site.name)


@contextmanager
def building(site: Site, text: str) -> Iterator[tuple[list[int], Future[Answer]]]:
    """A push whose build stands at a step: the step's processes, and what becomes of the push."""
    seconds = str(random.randint(10**6, 10**7))
    site.change(text, dockerfile=f"RUN sleep {seconds}\n")
    words = f"sleep {seconds}"
    with ThreadPoolExecutor(1) as pool:
        pushing = pool.submit(site.push)
        try:
            wait_until(lambda: bool(running(words)), "The build doesn't begin.")
            yield running(words), pushing
        finally:
            kill_all(running(words))
