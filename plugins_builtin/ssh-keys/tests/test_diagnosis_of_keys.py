"""What doctor is told of keys: each finding by breaking one."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from paas.testing import Harness
from paas_ssh_keys.diagnosis import diagnose


@pytest.fixture
def file(paas: Harness, tmp_path: Path) -> Path:
    """authorized_keys, with a key of ann's."""
    assert paas.wrong(diagnose) == []
    paas.ok("ssh-keys:add", "ann", input=public(tmp_path / "ann"))
    assert paas.wrong(diagnose) == []
    return paas.paths.authorized_keys


def public(path: Path) -> str:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    return path.with_suffix(".pub").read_text()


def test_a_file_that_sshd_would_not_trust_is_found_and_closed(paas: Harness, file: Path) -> None:
    file.chmod(0o664)
    file.parent.chmod(0o777)

    assert len(paas.wrong(diagnose)) == 2
    paas.repair(diagnose)

    assert paas.wrong(diagnose) == []
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("before", "after"), [("/bin/paas", "/old/paas"), ("no-port-forwarding", "no-agent-forwarding")]
)
def test_a_line_that_runs_or_allows_something_else_is_found_and_written_anew(
    paas: Harness, file: Path, before: str, after: str
) -> None:
    right = file.read_text()
    file.write_text(right.replace(before, after) + "# a remark\n")

    (found,) = paas.wrong(diagnose)
    assert "The line of ann runs another program" in found
    paas.repair(diagnose)

    assert file.read_text() == right + "# a remark\n"


def test_a_key_that_is_not_the_one_that_its_line_says_is_found(paas: Harness, file: Path, tmp_path: Path) -> None:
    ann, bob = file.read_text().split()[-2], public(tmp_path / "bob").split()[1]
    file.write_text(file.read_text().replace(ann, bob))

    (found,) = paas.wrong(diagnose)
    assert "The key of ann isn't the one that its line says it is" in found


def test_a_line_that_was_half_changed_is_found(paas: Harness, file: Path) -> None:
    file.write_text(file.read_text().replace('\\"ann\\"', "ann"))

    assert "Line 1 of" in paas.wrong(diagnose)[0]
    assert "changed by hand" in paas.wrong(diagnose)[0]


def test_a_key_that_has_a_whole_shell_is_found(paas: Harness, file: Path, tmp_path: Path) -> None:
    file.write_text(f"{file.read_text()}\n{public(tmp_path / 'root')}")

    assert paas.wrong(diagnose) == [f"ssh keys: Line 3 of {file} isn't ours: its key has a whole shell on this server."]


def test_two_keys_of_one_name_are_found(paas: Harness, file: Path) -> None:
    file.write_text(file.read_text() * 2)

    assert paas.wrong(diagnose) == ["ssh keys: 2 keys have the name ann."]
