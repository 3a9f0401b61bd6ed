"""docs/dokku-triggers.md says of each trigger of Dokku's what it has become, and names only what exists."""

from __future__ import annotations

from functools import reduce
from importlib import import_module
from pathlib import Path

import pytest

from contracts import hookdocs
from contracts.test_commands import every_command
from contracts.triggers import PAGE, ROWS, Row

PLANNED = {
    "builds", "certs", "checks", "events", "log shipping",
    "other proxies", "resource", "services", "several servers",
}  # fmt: skip
"""The features that are still to come."""

HOOKS = {hook.name for _, module in hookdocs.modules() for hook in hookdocs.declared(module)}
every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.trigger)


def test_every_trigger_stands_on_the_page_once() -> None:
    triggers = (Path(__file__).parent / "dokku-triggers.txt").read_text().split()

    assert sorted(row.trigger for row in ROWS) == sorted(triggers)
    assert PAGE.read_text().count("\n| `") == len(triggers), "a row is not of the shape of the others"


@every_row
def test_what_a_row_names_exists(row: Row) -> None:
    assert [name for name in row.names if not _exists(name)] == []


@every_row
def test_a_row_says_what_its_word_needs(row: Row) -> None:
    match row.word:
        case "mirrored":
            assert row.names[0] in HOOKS
        case "covered":
            assert row.names
        case "planned":
            assert row.how in PLANNED
        case _:
            assert len(row.how.split()) > 3, "it gives no reason"


def _exists(name: str) -> bool:
    """Whether it is a hook, a command, an entry-point group, or a thing that can be imported."""
    return name in HOOKS | {command for command, _ in every_command()} | {"paas.commands"} or importable(name)


def importable(name: str) -> bool:
    """Whether a dotted name is a module, or a thing in one."""
    for parts in (name.split(".")[:n] for n in range(name.count(".") + 1, 0, -1)):
        try:
            module = import_module(".".join(parts))
        except ImportError:
            continue
        try:
            return bool(reduce(getattr, name.split(".")[len(parts) :], module))
        except AttributeError:
            return False
    return False
