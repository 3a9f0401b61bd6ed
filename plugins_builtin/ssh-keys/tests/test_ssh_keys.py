from __future__ import annotations

import json
import stat
import subprocess
from pathlib import Path

import pytest

from paas.testing import Harness


@pytest.fixture
def public(tmp_path: Path) -> str:
    return make(tmp_path / "key")


def make(path: Path) -> str:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ann@laptop", "-f", path], check=True)
    return path.with_suffix(".pub").read_text()


def test_an_added_key_can_do_nothing_but_run_paas(paas: Harness, public: str) -> None:
    fingerprint = paas.ok("ssh-keys:add", "ann", input=public).strip()

    line = paas.paths.authorized_keys.read_text()

    assert fingerprint.startswith("SHA256:")
    assert line.startswith(f'command="FINGERPRINT={fingerprint} NAME=\\"ann\\" ')
    assert ",no-agent-forwarding,no-user-rc,no-X11-forwarding,no-port-forwarding ssh-ed25519 " in line
    assert "SSH_ORIGINAL_COMMAND" not in line
    assert stat.S_IMODE(paas.paths.authorized_keys.stat().st_mode) == 0o600


def test_keys_are_listed(paas: Harness, public: str) -> None:
    fingerprint = paas.ok("ssh-keys:add", "ann", input=public).strip()

    assert paas.ok("ssh-keys:list").startswith(f'{fingerprint} NAME="ann" ')
    (key,) = json.loads(paas.ok("ssh-keys:list", "--format", "json"))
    assert (key["name"], key["public-key"]) == ("ann", public.strip())
    assert paas.run("ssh-keys:list", "bob").exit_code == 1


def test_a_key_is_known_by_one_name_only(paas: Harness, public: str, tmp_path: Path) -> None:
    paas.ok("ssh-keys:add", "ann", input=public)

    assert "Duplicate ssh key name" in paas.run("ssh-keys:add", "ann", input=make(tmp_path / "other")).stderr
    assert "Duplicate ssh public key" in paas.run("ssh-keys:add", "bob", input=public).stderr


def test_lines_of_others_survive(paas: Harness, public: str) -> None:
    file = paas.paths.authorized_keys
    file.parent.mkdir()
    file.write_text("# by hand\nssh-rsa AAAA root@console\n")

    paas.ok("ssh-keys:add", "ann", input=public)
    paas.ok("ssh-keys:remove", "ann")

    assert file.read_text() == "# by hand\nssh-rsa AAAA root@console\n"


def test_a_key_is_removed_by_its_fingerprint(paas: Harness, public: str) -> None:
    fingerprint = paas.ok("ssh-keys:add", "ann", input=public).strip()

    paas.ok("ssh-keys:remove", "--fingerprint", fingerprint)

    assert paas.run("ssh-keys:list").exit_code == 1


@pytest.mark.parametrize("name", ["", "a b", 'a"b', "a$(id)", "a\nb", "-a", "a\\b", "é"])
def test_a_name_that_a_shell_could_read_is_refused(paas: Harness, public: str, name: str) -> None:
    result = paas.run("ssh-keys:add", "--", name, input=public)

    assert result.exit_code == 1
    assert "is not a name for a key" in result.stderr
    assert not paas.paths.authorized_keys.exists()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Empty key"),
        ("ssh-ed25519 AAAA\nssh-ed25519 BBBB\n", "Too many keys"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nx\n", "private key"),
        ('command="sh" ssh-ed25519 AAAA', "Invalid ssh public key"),
        ("ssh-ed25519 AAAAnonsense", "Invalid ssh public key"),
    ],
)
def test_what_is_not_one_public_key_is_refused(paas: Harness, text: str, reason: str) -> None:
    result = paas.run("ssh-keys:add", "ann", input=text)

    assert result.exit_code == 1
    assert reason in result.stderr


def test_a_key_hands_out_no_keys(paas: Harness, public: str) -> None:
    assert "on the server itself" in paas.run("ssh-keys:add", "bob", input=public, key="ann").stderr
