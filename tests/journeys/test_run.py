"""Commands in containers of their own, and inside those that run."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from testbed.client import Client, web
from testbed.system import System

APP = "toolbox"
PROCFILE = "web: httpd -f -p $PORT -h /www\nhello: echo hello\n"


@pytest.fixture(scope="module")
def bob(system: System, tmp_path_factory: pytest.TempPathFactory) -> Client:
    """A user with an app that these tests share."""
    client = system.client(tmp_path_factory.mktemp("run") / "bob")
    pushed = client.push(client.app(APP, web("tools", PROCFILE)))
    assert pushed.code == 0, pushed.all
    return client


def test_a_command_has_its_own_input_output_and_exit_code(system: System, bob: Client) -> None:
    data = bytes(range(256)) * 4000

    assert bob.piped(f"run {APP} cat", data).stdout == data
    both = bob.ssh(f"run {APP} sh -c 'echo out; echo err >&2; exit 7'")
    assert (both.code, both.out, both.err) == (7, "out\n", "err\n")
    assert bob.ssh(f"run {APP} not-there").code == 127
    assert bob.ssh(f"run {APP} /www/index.html").code == 126
    assert bob.ssh(f"run {APP} sh -c 'kill -KILL $$'").code == 137
    assert bob.ssh("run nobodys env").code == 20
    assert bob.ssh(f"run --ttl-seconds soon {APP} env").code == 2
    assert commands(system) == []


def test_words_and_variables_arrive_as_they_were_given(bob: Client) -> None:
    values = {"A": "two words", "B": 'it\'s "quoted"', "C": "a\nb\n\nc", "D": "$(id) `id`; *", "E": "ünï=1", "F": ""}
    given = [word for key, value in values.items() for word in ("-e", f"{key}={value}")]
    # What the shell does itself, so that the image needs no programs for it
    script = 'for word; do printf "<%s>" "$word"; done; printf "[%s]" "$A" "$B" "$C" "$D" "$E" "$F"'

    printed = bob.ok(shlex.join(["run", *given, APP, "sh", "-c", script, "sh", "--flag", "-e", "a  b", "*", ""]))

    words = "".join(f"<{word}>" for word in ("--flag", "-e", "a  b", "*", ""))
    assert printed == words + "".join(f"[{value}]" for value in values.values())


def test_it_has_what_the_app_has(bob: Client) -> None:
    bob.ok(f"config:set --no-restart {APP} LATER=1")
    environment = dict(line.split("=", 1) for line in bob.ok(f"run {APP} env").splitlines())

    assert environment["DYNO"].startswith("run.")
    assert "PORT" not in environment
    assert "LATER" not in environment, "the release has it, and not what was set since"
    assert bob.ok(f"run {APP} busybox wget -qO- http://{address(bob)}:5000/") == "tools"
    named = bob.ssh(f"run {APP} hello world")
    assert (named.out, named.err) == ("hello world\n", "-----> Found 'hello' in Procfile, running that command\n")


def test_it_sees_the_mounts_of_its_phase(bob: Client) -> None:
    bob.ok("storage:create papers")
    bob.ok(f"storage:mount {APP} papers --container-dir /papers --phase run")
    bob.ok(f"ps:restart {APP}")

    bob.ok(f"run {APP} sh -c 'echo kept > /papers/a'")

    assert bob.ok(f"run {APP} cat /papers/a") == "kept\n"
    assert bob.ssh(f"enter {APP} web cat /papers/a").code == 1, "the phase deploy has it not"


def test_no_variable_stands_on_a_command_line(system: System, bob: Client) -> None:
    with bob.session(f"run -e TOKEN=s3cr3t-word {APP} sh -c 'echo up; sleep 60'", tty=False) as session:
        session.see("up")
        lines = [line for pid in Path("/proc").glob("[0-9]*") if not (line := command_line(pid)).startswith(b"ssh\0")]

    assert not [line for line in lines if b"s3cr3t-word" in line]
    eventually(lambda: commands(system) == [])


def test_a_terminal_is_passed_on(system: System, bob: Client) -> None:
    with bob.session(f"run {APP}", tty=True) as session:
        session.see("/ # ")
        session.type("busybox tty; echo $TERM-$(busybox id -u)\n")
        session.see("/dev/pts/0")
        session.resize(31, 97)
        session.type("until [ \"$(busybox stty size)\" = '31 97' ]; do :; done; echo re''sized\n")
        session.see("resized")
        session.type("echo asleep; sleep 600; echo awo''ken\n")
        session.see("asleep\r\n")
        session.type("\x03")
        session.type("echo still he''re; exit 9\n")
        session.see("still here")
        assert session.code() == 9
    assert commands(system) == []


@pytest.mark.parametrize("tty", [True, False], ids=["terminal", "pipe"])
def test_a_client_that_vanishes_leaves_nothing(system: System, bob: Client, tty: bool) -> None:
    with bob.session(f"run {APP} sh -c 'echo up; exec sleep 600'", tty=tty) as session:
        session.see("up")
        assert len(commands(system)) == 1
        session.vanish()

        eventually(lambda: commands(system) == [])


def test_ctrl_c_on_the_server_goes_to_the_command(system: System, bob: Client) -> None:
    script = "trap 'echo caught; exit 5' INT; echo up; while :; do sleep 0.1; done"
    words = [system.folder / "bin" / "paas", "run", APP, "sh", "-c", script]
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as program:
        assert program.stdout
        assert program.stdout.readline() == b"up\n"
        program.send_signal(signal.SIGINT)

        assert program.stdout.readline() == b"caught\n"
        assert program.wait(60) == 5


def test_a_detached_command_is_listed_read_and_stopped(system: System, bob: Client) -> None:
    name = bob.ok(f"run:detached {APP} sh -c 'echo working; sleep 600'").strip()
    other = bob.ok(f"run:detached {APP} sleep 600").strip()
    system.ok("tick")
    system.ok("cleanup")

    assert {one["name"] for one in json.loads(bob.ok(f"run:list {APP} --format json"))} == {name, other}
    assert name in bob.ok(f"run:list {APP}")
    eventually(lambda: bob.ok(f"run:logs --container {name} -q") == "working\n")
    assert bob.ok(f"run:logs {APP}").endswith(f"Z app[{name.removeprefix(APP + '.')}]: working\n")
    assert name not in system.paas("doctor").all
    assert bob.ok(f"enter {APP} {name.removeprefix(APP + '.')} -- echo inside") == "inside\n"

    assert bob.ok(f"run:stop --container {name}") == f"-----> Stopping {name}\n"
    assert [one["name"] for one in json.loads(bob.ok(f"run:list {APP} --format json"))] == [other]
    assert bob.ssh(f"run:stop --container {name}").code == 1
    bob.ok(f"run:stop {APP}")
    assert commands(system) == []


def test_a_detached_command_that_ends_leaves_nothing(system: System, bob: Client) -> None:
    bob.ok(f"run:detached {APP} echo done")

    eventually(lambda: commands(system) == [])


def test_a_log_is_followed_until_its_command_ends(bob: Client) -> None:
    name = bob.ok(f"run:detached {APP} sh -c 'echo one; sleep 2; echo two'").strip()

    assert bob.ok(f"run:logs --container {name} -q -t") == "one\ntwo\n"


def test_a_command_whose_time_has_passed_is_stopped(system: System, bob: Client) -> None:
    name = bob.ok(f"run:detached --ttl-seconds 1 {APP} sleep 600").strip()

    eventually(lambda: f"Stopped {name}" in bob.ok(f"run:retire {APP}"))
    assert commands(system) == []


def test_what_a_killed_paas_has_left_goes_with_the_next_tick(system: System, bob: Client) -> None:
    words = [system.folder / "bin" / "paas", "run", APP, "sh", "-c", "echo up; exec sleep 600"]
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as program:
        assert program.stdout
        program.stdout.readline()
        system.ok("tick")
        assert len(commands(system)) == 1, "it is attended"
        program.kill()
    system.ok("tick")

    assert commands(system) == []


def test_one_enters_a_process(system: System, bob: Client) -> None:
    assert bob.ok(f"enter {APP} web.1 -- sh -c 'echo $DYNO'") == "web.1\n"
    assert bob.piped(f"enter {APP} web cat", b"\0\xff").stdout == b"\0\xff"
    assert bob.ssh(f"enter {APP} -- sh -c 'exit 4'").code == 4
    assert bob.ok(f"enter --container-id {system.containers(APP)[0][:12]} {APP} echo here") == "here\n"
    assert bob.ok(f"enter {APP} --container-id {system.containers(APP)[0][:12]} echo here") == "here\n"
    unknown = bob.ssh(f"enter {APP} worker")
    assert (unknown.code, "It runs: web.1" in unknown.err) == (1, True)
    assert bob.ssh(f"enter {APP} web not-there").code in (126, 127)
    with bob.session(f"enter {APP}", tty=True) as session:
        session.type("echo $DYNO; exit 6\n")
        session.see("web.1")
        assert session.code() == 6


@pytest.mark.parametrize("tty", [True, False], ids=["terminal", "pipe"])
def test_what_was_started_inside_a_process_ends_with_its_client(system: System, bob: Client, tty: bool) -> None:
    with bob.session(f"enter {APP} web sh -c 'echo up; sleep 613; :'", tty=tty) as session:
        session.see("up")
        session.vanish()

        eventually(lambda: "613" not in bob.ok(f"enter {APP} web busybox ps"))


def test_commands_have_the_apps_new_name_and_go_with_it(system: System, ann: Client) -> None:
    assert ann.push(ann.app("cave", web())).code == 0
    ann.ok("run:detached cave sleep 600")
    with ann.session("run cave sh -c 'echo up; sleep 600'", tty=False) as session:
        session.see("up")
        ann.ok("apps:rename cave den")
        names = [one["name"] for one in json.loads(ann.ok("run:list den --format json"))]
        assert [name.rpartition(".")[0] for name in names] == ["den.run", "den.run"]

        ann.ok("apps:destroy den --force")

        assert session.code() in (137, 143)
    assert [line for line in system.docker("ps", "-a", "--format", "{{.Names}}") if ".run." in line] == []


def test_a_shell_carries_out_lines(bob: Client) -> None:
    script = f"apps:exists {APP}\nrun {APP} sh -c 'cat; echo hi'\nnonsense 'x\n\nnope\n"

    answer = bob.ssh("shell", script.encode())

    assert answer.out.endswith("hi\n")
    assert "`nope` is not a paas command" in answer.err
    assert answer.code == 127
    assert bob.ssh("shell", f"apps:exists {APP}\nexit\nnope\n".encode()).code == 0
    with bob.session("shell", tty=True) as session:
        session.see("paas> ")
        session.type(f"run {APP} sh -c 'exit 3'\n")
        session.see("paas> ")
        session.type("quit\n")
        assert session.code() == 3


def commands(system: System) -> list[str]:
    """The containers of commands of the app."""
    lines = system.docker("ps", "-a", "--filter", f"label=paas.system={system.root}", "--format", "{{.Names}}")
    return [line for line in lines if line.startswith(f"{APP}.run.")]


def address(client: Client) -> str:
    """Where the app's web process is, seen from other containers."""
    return client.ok(f"enter {APP} web busybox hostname -i").split()[0]


def command_line(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:  # it has ended
        return b""


def eventually(check: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.1)
