"""What a Procfile's command becomes, compared with what a shell makes of it."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paas import Image
from paas_scheduler.api import command as api_command
from paas_scheduler.api.command import SHELL, argv, within, words

VARIABLES = {"PORT": "5000", "OPTS": "-w  2 ", "EMPTY": "", "STAR": "*", "HOME": "/app", "QUOTE": "a'b\"c"}
PLAIN = Image("sha256:1", "dockerfile")


def test_without_a_command_the_image_runs_its_own() -> None:
    assert argv(PLAIN, "web", "", {}) is None


def test_an_image_that_starts_by_type_gets_the_type() -> None:
    assert argv(Image("sha256:1", "herokuish", entry=("/start",)), "worker", "ignored", {}) == ["/start", "worker"]


TYPES = {"web": "serve --port $PORT", "jobs": "cd /jobs && work", "own": ""}


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["ls", "$HOME", "a b"], ["ls", "$HOME", "a b"]),
        (["web"], ["serve", "--port", "5000"]),
        (["web", "a b", "$HOME"], ["serve", "--port", "5000", "a b", "$HOME"]),
        (["jobs", "a b"], [*SHELL, "cd /jobs && work 'a b'"]),
        (["own"], None),
    ],
)
def test_a_type_as_the_first_word_stands_for_its_command(command: list[str], expected: list[str] | None) -> None:
    assert api_command.given(PLAIN, TYPES, command, VARIABLES) == expected


def test_an_image_that_starts_by_type_is_given_a_type_or_its_line_with_further_words() -> None:
    image = Image("sha256:1", "herokuish", entry=("/start",))

    assert api_command.given(image, TYPES, ["web"], {}) == ["/start", "web"]
    assert api_command.given(image, TYPES, ["jobs", "a b"], {}) == ["/exec", "bash", "-c", "cd /jobs && work 'a b'"]
    assert api_command.given(image, TYPES, ["own", "x"], {}) == ["/exec", "own", "x"]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("python app.py --port $PORT", ["python", "app.py", "--port", "5000"]),
        ("gunicorn -b 0.0.0.0:${PORT} app:app", ["gunicorn", "-b", "0.0.0.0:5000", "app:app"]),
        ("serve $OPTS --x", ["serve", "-w", "2", "--x"]),
        ('serve "$OPTS"', ["serve", "-w  2 "]),
        ("""echo 'it costs $5' "say \\"hi\\"" a\\ b""", ["echo", "it costs $5", 'say "hi"', "a b"]),
        ('serve "" $EMPTY', ["serve", ""]),
        ("serve --glob '*.py' \"#1\"", ["serve", "--glob", "*.py", "#1"]),
        ("echo \\$PORT", ["echo", "$PORT"]),
        ("echo \"it's $PORT and it's\"", ["echo", "it's 5000 and it's"]),
    ],
)
def test_a_plain_command_needs_no_shell(command: str, expected: list[str]) -> None:
    assert words(command, VARIABLES) == expected


@pytest.mark.parametrize(
    "command",
    [
        "rake db:migrate && rails server",
        "A=1 serve",
        "exec serve",
        "cd web; serve",
        "serve *.py",
        "serve ${PORT:-80}",
        "serve $(cat port)",
        'serve "`cat port`"',
        "serve 'unclosed",
        "$EMPTY",
        "serve > log",
        "serve ~/log",
        "serve $OF_THE_IMAGE",
        'serve "--data=$OF_THE_IMAGE"',
    ],
)
def test_what_needs_a_shell_goes_to_one_as_it_is(command: str) -> None:
    assert words(command, VARIABLES) == [*SHELL, command]


PIECES = ("serve", "a=b", " ", "  ", "\t", "$PORT", "${PORT}", "$OPTS", "$EMPTY", "$UNKNOWN", "$STAR", "$QUOTE", "$")
CHARACTERS = ('"', "'", "\\", "é", "x", ":", "/", ",", "{", "}", "%", "@", "-", "=")


@given(st.lists(st.sampled_from(PIECES + CHARACTERS), max_size=12).map("".join))
def test_words_are_those_of_a_shell(command: str) -> None:
    found = words("print " + command, VARIABLES)
    if tuple(found[:2]) == SHELL:
        return

    script = f"""print() {{ for word in "$@"; do printf '%s\\0' "$word"; done; }}; print {command}"""
    shell = subprocess.run(["/bin/sh", "-fc", script], env=VARIABLES, capture_output=True, check=True)

    assert found[1:] == shell.stdout.decode().split("\0")[:-1]


def test_what_the_scripts_of_an_image_set_is_filled_in_after_them() -> None:
    image = Image("sha256:1", "herokuish", entry=("/start",))

    assert api_command.line(image, "serve $PORT", VARIABLES) == [*SHELL, "serve $PORT"]
    assert api_command.line(image, "serve 'a b'", VARIABLES) == ["serve", "a b"]
    assert api_command.line(PLAIN, "serve $PORT", VARIABLES) == ["serve", "5000"]


def test_an_image_that_starts_by_type_runs_commands_by_its_exec() -> None:
    image = Image("sha256:1", "herokuish", entry=("/start",))

    assert within(image, ["ls", "-l"]) == ["/exec", "ls", "-l"]
    assert within(Image("sha256:1", "dockerfile"), ["ls"]) == ["ls"]
