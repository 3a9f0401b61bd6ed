"""Our commands have the names, words, flags and settings of Dokku's, so that its users and scripts feel at home."""

from __future__ import annotations

import csv
import inspect
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from contracts import members
from contracts.test_tree import settings as settings_of
from paas import entrypoints, typed
from paas import help as helping
from paas.entrypoints import COMMANDS, PLUGINS, PLUMBING
from paas.plumbing import Plumbing


@dataclass(frozen=True)
class Row:
    """A command of Dokku's, as dokku-commands.tsv has it."""

    command: str
    words: list[str]
    flags: list[set[str]]
    settings: list[str]

    @property
    def fewest(self) -> int:
        return sum(not word.startswith("[") for word in self.words)

    @property
    def takes_any_number(self) -> bool:
        return any(word.endswith("...") for word in self.words)


def _rows() -> list[Row]:
    lines = [line for line in (Path(__file__).parent / "dokku-commands.tsv").read_text().splitlines() if line[0] != "#"]
    return [
        Row(
            row["command"],
            row["words"].split(),
            [set(flag.split(",")) for flag in row["flags"].split()],
            row["settings"].split(),
        )
        for row in csv.DictReader(lines, delimiter="\t")
    ]


every_row = pytest.mark.parametrize("row", _rows(), ids=lambda row: row.command)


@every_row
def test_a_command_of_dokkus_exists_with_its_words_and_flags(row: Row) -> None:
    if command := plumbing().get(row.command):
        assert isinstance(command, Plumbing)
        assert (row.words, row.flags) == (["APP"], [])
        return
    command = parsed(row.command)
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = {spelling for p in command.params for spelling in (*p.opts, *p.secondary_opts)}

    assert sum(a.required for a in arguments) <= row.fewest, "it needs more words"
    assert any(a.nargs == -1 for a in arguments) or len(arguments) >= len(row.words), "it takes fewer words"
    assert any(a.nargs == -1 for a in arguments) >= row.takes_any_number, "it takes no list"
    assert [flag for flag in row.flags if not flag <= options] == []
    if any("--global" in word for word in row.words):
        assert "--global" in options or any("--global" in str(a.metavar) for a in arguments), "it has no --global"


@pytest.mark.parametrize("row", [row for row in _rows() if row.settings], ids=lambda row: row.command)
def test_a_setting_of_dokkus_can_be_set(row: Row) -> None:
    owner = next(m for m in members.PLUGINS if row.command.partition(":")[0] in m.entry_points(COMMANDS))

    assert [key for key in row.settings if key not in settings_of(owner)] == []


def every_command() -> list[tuple[str, Any]]:
    declared = entrypoints.declared(COMMANDS, PLUGINS)
    return [
        (helping.prefix(entry, declared).full_name(info), info)
        for entry in declared[COMMANDS]
        for info in helping.loaded(entry).registered_commands
        if entry.name == entry.package.removeprefix("paas_").replace("_", "-")
    ]


@pytest.mark.parametrize(("name", "info"), every_command(), ids=lambda part: part if isinstance(part, str) else "")
def test_a_command_says_what_it_does_and_what_each_word_of_it_is(name: str, info: Any) -> None:
    command = typed.single(info)

    assert (info.help or inspect.getdoc(info.callback) or "").strip(), "it has no help"
    for option in (p for p in command.params if p.param_type_name == "option"):
        assert option.help, f"{option.opts[0]} has no help"


@pytest.mark.parametrize(("name", "info"), every_command(), ids=lambda part: part if isinstance(part, str) else "")
def test_reports_and_lists_can_be_read_by_programs(name: str, info: Any) -> None:
    if name.endswith((":report", ":list")):
        assert "--format" in {spelling for p in typed.single(info).params for spelling in p.opts}


def plumbing() -> dict[str, Any]:
    """The commands that programs call."""
    return {entry.name: entry.load() for entry in entrypoints.declared(PLUMBING)[PLUMBING]}


def parsed(verb: str) -> Any:
    """A command as the dispatcher would run it."""
    declared = entrypoints.declared(COMMANDS, PLUGINS)
    entry = next((e for e in declared[COMMANDS] if e.name == verb.partition(":")[0]), None)
    info = helping.prefix(entry, declared).command(entry.load(), verb) if entry else None
    assert info, f"there is no command {verb}"
    return typed.single(info)


def test_a_usage_that_nobody_reads_to_its_end_is_no_accident(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    script = "import sys; from paas.cli import main; sys.argv = ['paas', 'apps:list', '--help']; main()"

    environment = {**os.environ, "PAAS_ROOT": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", script], stdout=writer, stderr=subprocess.PIPE, check=False, env=environment
    )

    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")
