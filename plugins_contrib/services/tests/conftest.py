from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence

import pytest

from paas import entrypoints
from paas.testing import Harness, Inventory
from paas_scheduler_docker.testing import Stage
from paas_services.api import Kind, commands
from paas_services.testing import BOX


@pytest.fixture
def stage_also() -> Sequence[str]:
    return ("paas-config", "paas-cron", "paas-ps", "paas-services", "paas-storage")


@pytest.fixture
def kind() -> Kind:
    return BOX


@pytest.fixture
def box(stage: Stage, inventory: Inventory, paas: Harness, kind: Kind) -> Harness:
    """A system with a kind of service and the app shop."""
    inventory.plugin("box")
    inventory.add(entrypoints.COMMANDS, "box", commands(kind))

    def helper(argv: list[str], _: bytes) -> subprocess.CompletedProcess[bytes]:
        assert argv[3] == "remove"
        shutil.rmtree(argv[4])
        return subprocess.CompletedProcess(argv, 0, b"", b"")

    paas.programs["sudo"] = helper
    paas.app("shop")
    return paas


def variables(paas: Harness, app: str = "shop") -> dict[str, str]:
    found: dict[str, str] = json.loads(paas.ok("config:export", app, "--format", "json"))
    return found
