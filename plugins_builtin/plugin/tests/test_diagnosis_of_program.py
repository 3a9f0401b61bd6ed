"""What doctor is told of the program and its plugins."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from paas.testing import Harness, Inventory
from paas_plugin import environments
from paas_plugin.diagnosis import diagnose


def test_a_broken_plugin_is_found_with_its_reason(paas: Harness, inventory: Inventory) -> None:
    inventory.add("paas.plugins", "cakes", ImportError("no flour"))

    assert paas.wrong(diagnose) == [
        "plugin cakes: It is broken, and no deploy starts until it works: ImportError: no flour",
    ]


def test_a_program_without_a_generation_is_found(paas: Harness, tmp_path: Path) -> None:
    paas.paths = replace(paas.paths, program=tmp_path)

    assert paas.wrong(diagnose) == [f"program: {tmp_path}/current leads to no finished generation."]


def test_a_changed_file_of_the_program_is_found(paas: Harness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "3").mkdir()
    (tmp_path / "3" / "ready").touch()
    (tmp_path / "current").symlink_to("3")
    paas.paths = replace(paas.paths, program=tmp_path)
    monkeypatch.setattr(environments, "damage", lambda folder, user: f"{folder}/bin/paas is missing or changed")

    assert paas.wrong(diagnose) == [f"program: {tmp_path}/3/bin/paas is missing or changed."]
