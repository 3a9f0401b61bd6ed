"""What config:export prints means the same to real shells."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from paas_config.formats import ExportFormat, pretty, quoted, text

NAMES = st.from_regex(r"V_[A-Za-z0-9_]{0,9}", fullmatch=True)  # no shell has a meaning of its own for these
VALUES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
VARIABLES = st.dictionaries(NAMES, VALUES, min_size=1, max_size=20)
AWKWARD = {
    "V_A": "it's 'quoted' \"twice\"",
    "V_B": "line\nbreak\n\n",
    "V_C": "$HOME `id` $(id) \\ \\n ! # * ~ & ; | < >",
    "V_D": "Grüße 🌍 \x01\x7f\x88\x81",
    "V_E": " ",
    "V_F": "",
    "V_G": "-n",
}


def sourced(shell: str, script: str, names: list[str], folder: Path) -> dict[str, str]:
    """The variables that a shell has once it has read a script, as a program that it starts sees them."""
    (folder / "script").write_text(script)
    (folder / "main").write_text(f". {shlex.quote(str(folder / 'script'))}\nexport {' '.join(names)}\nexec env -0\n")
    done = subprocess.run([shell, folder / "main"], capture_output=True, check=True, env={"PATH": os.environ["PATH"]})
    found = dict(line.split("=", 1) for line in done.stdout.decode().split("\0") if line)
    return {name: found[name] for name in names}


@pytest.mark.parametrize("format", [ExportFormat.exports, ExportFormat.shell])
@pytest.mark.parametrize("shell", ["/bin/sh", "/bin/bash"])
@given(values=VARIABLES)
@example(AWKWARD)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_shell_reads_back_exactly_what_was_set(
    tmp_path: Path, shell: str, format: ExportFormat, values: dict[str, str]
) -> None:
    assert sourced(shell, text(values, format), list(values), tmp_path) == values


@given(VARIABLES)
@example(AWKWARD)
def test_arguments_for_docker_are_one_word_each_in_a_shell(values: dict[str, str]) -> None:
    words = shlex.split(text(values, ExportFormat.docker_args))

    assert words == [f"--env={name}={value}" for name, value in values.items()]


@given(VARIABLES)
def test_json_reads_back(values: dict[str, str]) -> None:
    assert json.loads(text(values, ExportFormat.json)) == values
    assert {e["name"]: e["value"] for e in json.loads(text(values, ExportFormat.json_list))} == values


@given(VALUES)
def test_a_quoted_value_is_one_word(value: str) -> None:
    assert shlex.split(quoted(value)) == [value]


def test_the_formats_have_the_shape_that_scripts_know() -> None:
    values = {"A": "1", "LONG": "b c"}

    assert text(values, ExportFormat.exports) == "export A='1'\nexport LONG='b c'"
    assert text(values, ExportFormat.shell) == "A='1' LONG='b c'"
    assert text(values, ExportFormat.envfile) == 'A="1"\nLONG="b c"'
    assert text(values, ExportFormat.docker_args) == "--env=A='1' --env=LONG='b c'"
    assert text(values, ExportFormat.docker_args_keys) == "--env=A --env=LONG"
    assert text(values, ExportFormat.pack_keys) == "--env A --env LONG"
    assert text(values, ExportFormat.json) == '{"A": "1", "LONG": "b c"}'
    assert text(values, ExportFormat.json_list) == '[{"name": "A", "value": "1"}, {"name": "LONG", "value": "b c"}]'
    assert text(values, ExportFormat.pretty) == "A:     1\nLONG:  b c"


def test_nothing_set_is_nothing_printed_but_in_json() -> None:
    assert pretty({}) == ""
    assert {format: text({}, format) for format in ExportFormat if text({}, format)} == {
        ExportFormat.json: "{}",
        ExportFormat.json_list: "[]",
    }
