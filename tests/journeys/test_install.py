"""install.sh on the machine itself."""

from __future__ import annotations

import fcntl
import os
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from testbed.client import Answer
from testbed.servers import wait_until
from testbed.system import accounts, install, make_stack

PAAS = Path("/usr/local/bin/paas")


@pytest.fixture(scope="module")
def demo() -> Iterator[Answer]:
    # While accounts are ours alone nothing else is installed, and two minutes of that would hold up the other journeys.
    answer = install("--demo", "--no-stack")
    if answer.code == 0:
        make_stack(PAAS)
    yield answer
    subprocess.run([PAAS, "apps:destroy", "--force", "demo"], capture_output=True)


def test_two_words_install_a_server_and_show_a_page(demo: Answer) -> None:
    assert demo.code == 0, demo.all
    url = next(line.split()[-1] for line in demo.out.splitlines() if line.startswith("=====> http://"))
    assert urllib.request.urlopen(url, timeout=30).status == 200
    assert "git remote add" in demo.out
    assert "There is no key" not in demo.err
    keys = subprocess.run([PAAS, "ssh-keys:list"], capture_output=True, text=True).stdout
    assert "demo" not in keys


def test_a_second_run_changes_nothing(demo: Answer) -> None:
    assert demo.code == 0, demo.all

    again = install()

    assert again.code == 0, again.all
    assert "Nothing had to be changed" in again.out


def test_the_image_for_buildpacks_is_not_made_again(demo: Answer) -> None:
    again = install()

    assert again.code == 0, again.all
    assert "The image for buildpacks is there" in again.out
    assert "its like is made here" not in again.out
    report = subprocess.run([PAAS, "stack:report", "--global"], capture_output=True, text=True, check=True)
    assert "paas/stack:" in report.stdout


def test_what_is_broken_is_repaired(demo: Answer) -> None:
    sudoers, timer = Path("/etc/sudoers.d/paas"), Path("/etc/cron.d/paas")
    include, keys = Path("/etc/nginx/conf.d/paas.conf"), Path("/home/paas/.ssh/authorized_keys")
    pre_receive = Path("/home/paas/demo/hooks/pre-receive")
    systemd = Path("/run/systemd/system").is_dir()
    for gone in (PAAS, sudoers, include, pre_receive, *(() if systemd else (timer,))):
        gone.unlink()
    keys.chmod(0o666)
    # As when the distribution has gone on to its next Python.
    Path("/opt/paas/current/bin/python3").unlink()

    again = install()

    assert again.code == 0, again.all
    assert "Nothing had to be changed" not in again.out
    assert os.access(PAAS, os.X_OK)
    assert subprocess.run([PAAS, "apps:exists", "demo"], capture_output=True).returncode == 0
    assert (sudoers.stat().st_mode & 0o777, keys.stat().st_mode & 0o777) == (0o440, 0o600)
    assert include.is_file()
    assert pre_receive.is_file()
    assert systemd or timer.is_file()
    assert "Nothing had to be changed" in install().out


def test_what_only_a_plugin_knows_of_counts_as_a_change(demo: Answer) -> None:
    Path("/etc/nginx/conf.d/paas.conf").unlink()

    assert "Nothing had to be changed" not in install().out


def test_a_folder_where_the_command_goes_is_named(demo: Answer) -> None:
    PAAS.unlink()
    PAAS.mkdir()

    refused = install()

    PAAS.rmdir()
    assert install().code == 0
    assert (refused.code, "is a folder, where the command goes" in refused.err) == (1, True), refused.all


def test_a_port_that_another_program_has_is_named(demo: Answer) -> None:
    subprocess.run([PAAS, "tick"], check=True)  # the first makes the lock
    with Path("/var/lib/paas/locks/tick.lock").open("r+") as ticks, socket.socket() as other:
        fcntl.flock(ticks, fcntl.LOCK_EX)  # or one would start nginx again
        subprocess.run(["service", "nginx", "stop"], capture_output=True, check=True)
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        wait_until(lambda: bound(other, 80), "nginx still has port 80")
        other.listen()
        refused = install()

    again = install()

    assert (refused.code, again.code) == (1, 0), refused.all + again.all
    assert "Another program listens on port 80" in refused.err


def bound(listener: socket.socket, port: int) -> bool:
    try:
        listener.bind(("0.0.0.0", port))
    except OSError:
        return False
    return True


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--nonsense"], "There is no option --nonsense"),
        (["--domain"], "--domain needs a value"),
        (["--domain", "a;b"], "is not a domain"),
        (["--domain=a..b"], "a..b is not a domain"),
        (["--demo=yes"], "--demo takes no value"),
        (["--ssh-key", "/nowhere"], "can't be read"),
        (["--ssh-key", "/etc"], "can't be read"),
        (["--ssh-key", "/etc/hostname"], "holds no public ssh key"),
        (["--user", "a b"], "a b"),
        (["--prefix", "/opt/../etc"], "is not an absolute path"),
        (["--ssh-port", "65536"], "65536 is not a port"),
        (["--with", "nonsense"], "There is no plugin nonsense"),
    ],
)
def test_wrong_words_change_nothing(words: list[str], reason: str) -> None:
    answer = install(*words)

    assert answer.code == 2
    assert reason in answer.err


def test_what_only_looks_like_a_key_is_refused_before_anything_is_done(demo: Answer, tmp_path: Path) -> None:
    file = tmp_path / "id.pub"
    file.write_text("ssh-ed25519 AAAAnothing somebody\n")

    answer = install("--ssh-key", str(file))

    assert answer.code == 2
    assert "holds no public ssh key" in answer.err


def test_the_account_of_a_person_is_not_taken_over() -> None:
    person = "paas-test-person"
    with accounts():
        subprocess.run(["useradd", "--uid", "61234", "--home-dir", "/nowhere", person], check=True)
    try:
        places = [word for name in ("prefix", "root", "bin") for word in (f"--{name}", f"/nowhere/{name}")]
        answer = install("--no-services", "--user", person, "--home", "/nowhere", *places)
        shell = subprocess.run(["getent", "passwd", person], capture_output=True, check=True, text=True).stdout
    finally:
        with accounts():
            subprocess.run(["userdel", person], check=True)

    assert answer.code == 1
    assert "is a person's" in answer.err
    assert not Path("/nowhere").exists()
    assert shell.split(":")[5] == "/nowhere"


def test_help_says_what_can_be_passed() -> None:
    answer = install("--help")

    assert answer.code == 0
    for option in ("--demo", "--domain", "--ssh-key", "--with", "--user", "--no-stack", "--help"):
        assert option in answer.out
