from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from paas import InvalidValue, PaasError, process
from paas.context import Context
from paas.errors import ProgramFailed
from paas.testing import Harness


@pytest.fixture(autouse=True)
def inside(paas: Harness) -> Iterator[Context]:
    with paas.inside() as context:
        context.provide("process.run", subprocess.run)
        yield context


def test_gits_variables_reach_a_program_only_if_it_is_to_have_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/quarantine")

    assert process.text(["sh", "-c", "echo $GIT_DIR"]) == ""
    assert process.text(["sh", "-c", "echo $GIT_DIR"], git=True) == "/quarantine"


def test_words_reach_a_program_as_they_are(tmp_path: Path) -> None:
    words = ["$HOME `id` ; ' \" * \n", "", "-n", "ü"]

    assert process.text(["printf", "%s|", *words, tmp_path]) == "|".join([*words, str(tmp_path), ""])


def test_a_program_that_is_held_goes_on_when_it_is_told_to(inside: Context, tmp_path: Path) -> None:
    inside.provide("process.held", process.Held)
    seen = tmp_path / "seen"
    program = process.held(["sh", "-c", f"read word || exit 0; echo told; echo more >{seen}"])

    assert not seen.exists()
    assert program.go() == "told"
    program.end()
    assert seen.read_text() == "more\n"


def test_a_program_that_is_held_and_never_told_to_go_on_ends_with_the_command(paas: Harness, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    with paas.inside() as context:
        context.provide("process.held", process.Held)
        process.held(["sh", "-c", f"read word || exit 0; echo more >{seen}"])

    assert not seen.exists()


def test_a_program_that_is_held_and_fails_says_why(inside: Context) -> None:
    inside.provide("process.held", process.Held)

    with pytest.raises(ProgramFailed, match="no such thing"):
        process.held(["sh", "-c", "echo no such thing >&2; exit 3"]).go()


COPY = """
import atexit, os, sys
from paas import process
atexit.register(print, "the end", flush=True)
def carry_out():
    print("a copy", flush=True)
    if sys.argv[1] == "broken":
        raise ValueError("broken")
    return 3
process.copied(carry_out)
print("copied", os.waitstatus_to_exitcode(os.wait()[1]), flush=True)
"""


@pytest.mark.parametrize(("how", "status"), [("whole", 3), ("broken", 1)])
def test_a_copy_ends_with_its_status_and_leaves_our_end_to_us(how: str, status: int) -> None:
    done = process.run([sys.executable, "-c", COPY, how])

    assert done.stdout.decode().splitlines() == ["a copy", f"copied {status}", "the end"]


def test_what_gives_way_is_nicer_with_all_that_it_starts() -> None:
    nicer = process.text(
        [sys.executable, "-c", "import os; from paas import process; process.give_way(); print(os.nice(0))"]
    )

    assert int(nicer) >= process.NICENESS


@pytest.mark.parametrize("use", [process.run, process.become, process.detached, process.Held])
def test_a_nul_is_refused_before_anything_starts(use: object) -> None:
    with pytest.raises(InvalidValue, match="A NUL can't be passed to echo"):
        use(["echo", "a\0b"])  # type: ignore[operator]


@pytest.mark.parametrize("use", [process.run, process.become, process.detached])
def test_a_missing_program_is_named(use: object) -> None:
    with pytest.raises(PaasError, match="no-such-program isn't installed") as error:
        use(["no-such-program", "x"])  # type: ignore[operator]
    assert "Install it" in str(error.value.hint)


def test_a_program_that_cant_be_started_says_why(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("x")

    with pytest.raises(PaasError, match="plain can't be started: Permission denied"):
        process.run([tmp_path / "plain"])
    with pytest.raises(PaasError, match=r"true can't be started in .*/nowhere: No such file"):
        process.run(["true"], cwd=tmp_path / "nowhere")
    with pytest.raises(PaasError, match="true can't be started: Argument list too long"):
        process.run(["true", "x" * 200_000])


def test_a_failure_shows_its_status_and_last_lines() -> None:
    with pytest.raises(ProgramFailed) as error:
        process.run(["sh", "-c", "for n in 1 2 3 4 5 6 7; do echo line $n >&2; done; exit 3"])

    assert error.value.message == "sh failed with status 3: line 3 / line 4 / line 5 / line 6 / line 7"
    assert (error.value.status, error.value.argv[0]) == (3, "sh")
    assert process.run(["false"], check=False).returncode == 1


def test_a_program_reads_what_it_is_given_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"from a file")

    assert process.run(["cat"], input=b"bytes \xff").stdout == b"bytes \xff"
    assert process.run(["cat"]).stdout == b""
    with open(tmp_path / "file", "rb") as file:
        assert process.run(["cat"], input=file).stdout == b"from a file"


def test_a_program_that_takes_too_long_is_ended() -> None:
    with pytest.raises(PaasError, match=r"sleep did not end within 0\.05 seconds"):
        process.run(["sleep", "30"], timeout=0.05)


def test_lines_of_both_streams_are_shown_in_order() -> None:
    shown: list[str] = []

    process.stream(["sh", "-c", "echo one; echo two >&2; printf 'three \\377\\r\\nfour'"], shown.append)

    assert shown == ["one", "two", "three \ufffd", "four"]


def test_a_stream_that_fails_keeps_its_last_lines() -> None:
    with pytest.raises(ProgramFailed, match="sh failed with status 2: gone wrong"):
        process.stream(["sh", "-c", "echo gone wrong; exit 2"], lambda line: None)


def test_a_program_is_ended_when_whoever_reads_it_fails() -> None:
    def refuse(line: str) -> None:
        raise ValueError(line)

    with pytest.raises(ValueError, match="first"):
        process.stream(["sh", "-c", "echo first; exec sleep 30"], refuse)


def test_a_program_beside_us_gets_its_environment() -> None:
    with process.started(["sh", "-c", "echo $A"], env={"A": "b"}, stdout=subprocess.PIPE) as program:
        assert program.stdout
        assert program.stdout.read() == b"b\n"
