"""What comes through ssh."""

from __future__ import annotations

import pytest

from testbed.client import Client
from testbed.system import System


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("apps:list; touch {marker}", 127),
        ("apps:list && touch {marker}", 2),
        ("apps:exists $(touch {marker})", 1),
        ("apps:exists `touch {marker}`", 1),
        ("$(touch {marker})", 127),
        ("| touch {marker}", 127),
        ("../../bin/sh -c 'touch {marker}'", 127),
        ("git-receive-pack '../../../etc'", 1),
        ("git-upload-pack '--upload-pack=touch {marker}'", 2),
        ("apps:create 'unclosed", 2),
        ("apps:create ''", 1),
        ("apps:create '*'", 1),
        ("apps:create 'a\nb'", 1),
    ],
)
def test_shell_syntax_is_just_words(system: System, ann: Client, command: str, code: int) -> None:
    marker = system.folder / "marker"

    answer = ann.ssh(command.format(marker=marker))

    assert answer.code == code, answer.all
    assert answer.err.startswith(" !     ")
    assert "Traceback" not in answer.err
    assert not marker.exists()


def test_no_command_prints_help_and_there_is_no_shell(ann: Client) -> None:
    assert "Usage: paas" in ann.ok("")
    assert ann.ssh("bash").code == 127


def test_a_stranger_gets_nothing(system: System, ann: Client) -> None:
    stranger = Client(ann.folder / "stranger", ann.user, ann.ssh_port, ann.http_port)
    stranger.make_key()

    assert stranger.ssh("apps:list").code == 255


def test_keys_are_not_handed_out_by_keys(ann: Client) -> None:
    answer = ann.ssh("ssh-keys:add eve", b"ssh-ed25519 AAAA")

    assert answer.code == 1
    assert "on the server itself" in answer.err


def test_a_wrong_name_is_not_found(ann: Client) -> None:
    assert ann.ssh("config:show not-there").code == 20
    unknown = ann.ssh("aps:list")
    assert unknown.code == 127
    assert "Did you mean apps:list" in unknown.err
