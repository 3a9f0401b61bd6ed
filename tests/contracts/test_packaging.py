"""What install.sh brings besides the program: units, a cron table and the locked requirements."""

from __future__ import annotations

import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

WORKSPACE = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")


@pytest.mark.journey
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    for unit in (WORKSPACE / "install" / "systemd").iterdir():
        text = unit.read_text().replace("@user@", "root")
        text = text.replace("@paas@", sys.executable).replace("@helper@", sys.executable)
        (tmp_path / f"paas-{unit.name}").write_text(text)
    program = shutil.which("systemd-analyze")
    assert program, "systemd-analyze is missing; it is in the package systemd"

    done = subprocess.run([program, "verify", *tmp_path.iterdir()], capture_output=True, text=True)

    ours = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "paas-" in line]
    assert ours == []
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("file", ["cron", "systemd/tick.service", "systemd/restore.service", "systemd/sites.service"])
def test_a_template_has_no_other_blanks_than_install_fills_in(file: str) -> None:
    blanks = set(re.findall(r"@[a-z]+@", (WORKSPACE / "install" / file).read_text()))

    assert blanks == ({"@helper@"} if "sites" in file else {"@user@", "@paas@"})
    assert all(f"s|{blank}|" in (WORKSPACE / "install.sh").read_text() for blank in blanks)


def test_the_lock_pins_all_that_the_members_need() -> None:
    needs = runpy.run_path(str(WORKSPACE / "install" / "dependencies.py"))
    locked = re.findall(r"^([a-z0-9-]+)==", (WORKSPACE / "requirements.lock").read_text(), re.MULTILINE)

    wanted = {needs["name"](need).replace("_", "-").lower() for need in needs["outside"](needs["members"]())}

    assert wanted - set(locked) == set(), "run make lock"


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index_and_hashes_everything(lock: str) -> None:
    text = (WORKSPACE / lock).read_text()

    assert "://" not in text
    assert "--index" not in text
    for requirement in re.split(r"\n(?=\S)", text):
        assert "--hash=sha256:" in requirement, requirement
