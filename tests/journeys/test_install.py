"""install.sh on the machine itself."""

from __future__ import annotations

import os
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from testbed.client import Answer
from testbed.system import REPOSITORY


def install(*words: str) -> Answer:
    done = subprocess.run([REPOSITORY / "install.sh", *words], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return Answer(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def demo() -> Iterator[Answer]:
    yield install("--demo")
    subprocess.run(["/usr/local/bin/paas", "apps:destroy", "--force", "demo"], capture_output=True)


def test_two_words_install_a_server_and_show_a_page(demo: Answer) -> None:
    assert demo.code == 0, demo.all
    url = next(line.split()[-1] for line in demo.out.splitlines() if line.startswith("=====> http://"))
    assert urllib.request.urlopen(url, timeout=30).status == 200
    assert "git remote add" in demo.out


def test_a_second_run_changes_nothing(demo: Answer) -> None:
    assert demo.code == 0, demo.all

    again = install()

    assert again.code == 0, again.all
    assert "Nothing had to be changed" in again.out


def test_what_is_broken_is_repaired(demo: Answer) -> None:
    link = Path("/usr/local/bin/paas")
    link.unlink()
    include = Path("/etc/nginx/conf.d/paas.conf")
    include.unlink()

    again = install()

    assert again.code == 0, again.all
    assert link.is_symlink()
    assert include.is_file()
    assert os.access("/usr/local/bin/paas", os.X_OK)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--nonsense"], "There is no option --nonsense"),
        (["--domain"], "--domain needs a value"),
        (["--domain", "a;b"], "is not a domain"),
        (["--ssh-key", "/nowhere"], "can't be read"),
        (["--user", "a b"], "a b"),
    ],
)
def test_wrong_words_change_nothing(words: list[str], reason: str) -> None:
    answer = install(*words)

    assert answer.code != 0
    assert reason in answer.err


def test_help_says_what_can_be_passed() -> None:
    answer = install("--help")

    assert answer.code == 0
    for option in ("--demo", "--domain", "--ssh-key", "--with", "--user", "--help"):
        assert option in answer.out
