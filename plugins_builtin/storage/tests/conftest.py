from __future__ import annotations

from collections.abc import Sequence

import pytest


@pytest.fixture
def stage_also() -> Sequence[str]:
    return ("paas-storage",)
