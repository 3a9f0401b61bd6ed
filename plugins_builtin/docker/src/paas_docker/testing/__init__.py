"""A stand-in for Docker in tests: a pytest plugin that gives it to every `paas` harness.

    def test_a_build_that_fails_is_refused(paas: Harness, docker: FakeDocker) -> None:
        ...

It passes the same contract tests as the real engine. What its containers do is read from their
commands (see `program`), so a test writes a Dockerfile or a Procfile and says no more.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .fake import FakeDocker

__all__ = ["FakeDocker", "docker"]


@pytest.fixture
def docker() -> Iterator[FakeDocker]:
    """The engine of the `paas` harness."""
    with FakeDocker() as engine:
        yield engine


@pytest.fixture(autouse=True)
def _docker_stands_in(request: pytest.FixtureRequest) -> None:
    if "paas" in request.fixturenames:
        request.getfixturevalue("paas").resources["docker"] = request.getfixturevalue("docker")
