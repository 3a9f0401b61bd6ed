"""The units that install.sh writes where there is systemd, read by systemd itself, which need not run for it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from contracts import members

UNITS = members.ROOT / "install" / "systemd"


def written(folder: Path) -> list[Path]:
    """The units as install.sh fills them in, for an account and a program that any machine has."""
    for unit in UNITS.iterdir():
        text = unit.read_text().replace("@user@", "root").replace("@paas@", "/bin/true")
        (folder / f"paas-{unit.name}").write_text(text)
    return sorted(folder.iterdir())


def verify(units: list[Path]) -> str:
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True)
    return done.stdout + done.stderr


def test_install_writes_every_unit() -> None:
    (listed,) = [line for line in (members.ROOT / "install.sh").read_text().splitlines() if "for unit in" in line]

    assert {unit.name for unit in UNITS.iterdir()} == set(listed.split(" in ")[1].removesuffix("; do").split())


@pytest.mark.journey  # tests/run installs systemd's programs; --fast needs nothing
def test_systemd_has_nothing_to_say_about_a_unit(tmp_path: Path) -> None:
    units = written(tmp_path)

    assert verify(units) == ""
    units[0].write_text(units[0].read_text().replace("[Service]", "[Service]\nKillMood=process"))
    assert "KillMood" in verify(units)
