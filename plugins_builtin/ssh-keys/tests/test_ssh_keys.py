from __future__ import annotations

import json
import shlex
import stat
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paas import InvalidValue
from paas.testing import Harness
from paas_ssh_keys import keys
from paas_ssh_keys.keys import Key


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


def test_a_key_is_not_let_in_beside_a_line_by_hand_that_has_it(paas: Harness, public: str) -> None:
    file = paas.paths.authorized_keys
    file.parent.mkdir()
    file.write_text(f"no-pty {public}")

    result = paas.run("ssh-keys:add", "ann", input=public)

    assert result.exit_code == 1
    assert "a line of" in result.stderr
    assert file.read_text() == f"no-pty {public}"


def test_lines_survive_whatever_is_in_them(paas: Harness, public: str) -> None:
    by_hand = b"# caf\xe9\x0b\x0c\xe2\x80\xa8 end\r\n\n  \n# last"
    file = paas.paths.authorized_keys
    file.parent.mkdir(mode=0o755)
    file.write_bytes(by_hand)

    paas.ok("ssh-keys:add", "ann", input=public)
    paas.ok("ssh-keys:remove", "ann")

    assert file.read_bytes() == by_hand + b"\n"
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_key_is_read_from_a_file(paas: Harness, public: str, tmp_path: Path) -> None:
    paas.ok("ssh-keys:add", "ann", str(tmp_path / "key.pub"))

    assert "can't be read: Is a directory" in paas.run("ssh-keys:add", "bob", str(tmp_path)).stderr
    assert "can't be read: No such file" in paas.run("ssh-keys:add", "bob", str(tmp_path / "not-there")).stderr


def test_a_file_that_paas_may_not_read_is_to_be_passed(
    paas: Harness, public: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*args: object, **kwargs: object) -> None:
        raise PermissionError

    monkeypatch.setattr("paas_ssh_keys.commands.open", refused, raising=False)

    result = paas.run("ssh-keys:add", "ann", str(tmp_path / "key.pub"))

    assert f"paas ssh-keys:add NAME < {tmp_path}/key.pub" in result.stderr


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_name_that_is_taken_comes_back_from_its_line(name: str) -> None:
    try:
        keys.checked_name(name)
    except InvalidValue:
        return
    key = Key(name, "SHA256:x", "ssh-ed25519 AAAA ann@laptop")

    assert keys.parse(keys.line(key, "/opt/paas/current/bin/paas")) == key
    assert shlex.split(name) == [name]


def test_a_line_is_read_by_a_shell_as_two_variables_and_one_program(paas: Harness, tmp_path: Path) -> None:
    program = tmp_path / "a program's $(folder)" / "paas"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "$NAME $FINGERPRINT $#"\n')
    program.chmod(0o755)

    line = keys.line(Key("ann@laptop", "SHA256:x/+=", "ssh-ed25519 AAAA"), str(program))
    command = line.removeprefix('command="').partition('",no-')[0].replace('\\"', '"')  # as sshd unquotes it

    assert subprocess.run(["sh", "-c", command], capture_output=True, text=True).stdout == "ann@laptop SHA256:x/+= 0\n"


def test_removing_what_is_not_there_is_no_error(paas: Harness) -> None:
    result = paas.run("ssh-keys:remove", "nobody")

    assert result.exit_code == 0
    assert "nothing was removed" in result.stderr
    assert paas.run("ssh-keys:remove").exit_code == 2
    assert paas.run("ssh-keys:remove", "a", "--fingerprint", "b").exit_code == 2


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
        ("ssh-ed25519-cert-v01@openssh.com AAAA", "Invalid ssh public key"),
        ("ssh-dss AAAA", "Invalid ssh public key"),
        ("ssh-ed25519 AAAA \x1b[2J", "Invalid ssh public key"),
        (b"\xff\xfe\x00", "Invalid ssh public key"),
        (b"x" * 100_000, "Invalid ssh public key"),
    ],
)
def test_what_is_not_one_public_key_is_refused(paas: Harness, text: str | bytes, reason: str) -> None:
    result = paas.run("ssh-keys:add", "ann", input=text)

    assert result.exit_code == 1
    assert reason in result.stderr


def test_a_key_hands_out_no_keys(paas: Harness, public: str) -> None:
    paas.ok("ssh-keys:add", "ann", input=public)

    for words in (["ssh-keys:add", "bob"], ["ssh-keys:remove", "ann"]):
        assert "on the server itself" in paas.run(*words, input=public, key="ann").stderr
    assert "ann" in paas.ok("ssh-keys:list", key="ann")
