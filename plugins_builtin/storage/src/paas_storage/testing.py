"""For tests of what is mounted: a pytest plugin with the root helper in this process.

It makes folders, and writes down to whom it gives them, so that it needs no root.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from paas import PaasError, roothelper
from paas.testing import Harness


@dataclass
class StorageRoot:
    """What root was asked for.

    Attributes:
        given: Name of a folder to its new owner.
    """

    paas: Harness
    given: dict[str, int] = field(default_factory=dict)

    def carry_out(self, argv: list[str], _: bytes) -> subprocess.CompletedProcess[bytes]:
        try:
            roothelper.run(argv[3:], self.paas.paths)
        except PaasError as error:
            return subprocess.CompletedProcess(argv, 1, b"", error.message.encode())
        return subprocess.CompletedProcess(argv, 0, b"", b"")

    def note(self, place: str, uid: int) -> None:
        self.given[Path(place).name] = uid


@pytest.fixture
def storage_root(paas: Harness, monkeypatch: pytest.MonkeyPatch) -> StorageRoot:
    root = StorageRoot(paas)

    def chown(name: str, uid: int, gid: int, **_: Any) -> None:
        root.note(name, uid)

    def fchown(descriptor: int, uid: int, gid: int) -> None:
        root.note(str(Path(f"/proc/self/fd/{descriptor}").readlink()), uid)

    monkeypatch.setattr(os, "chown", chown)
    monkeypatch.setattr(os, "fchown", fchown)
    paas.programs["sudo"] = root.carry_out
    return root
