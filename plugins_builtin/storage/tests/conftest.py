from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from paas import Mount
from paas.testing import Harness


@pytest.fixture
def stage_also() -> Sequence[str]:
    return ("paas-storage",)


def mounts(paas: Harness, name: str = "shop") -> list[Mount]:
    from paas import hooks, hookspecs

    app = paas.app(name)
    with paas.inside():
        return hooks.gather(hookspecs.container_mounts, app)


@pytest.fixture
def storage(paas: Harness) -> Path:
    paas.app("shop")
    return paas.paths.storage


def refused(paas: Harness, *words: str, code: int = 1, key: str | None = None) -> str:
    result = paas.run(*words, key=key)
    assert result.exit_code == code, result.stdout + result.stderr
    assert result.stdout == ""
    return result.stderr
