from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import pytest
import typer

from paas import __version__, entrypoints
from paas.entrypoints import ORIGIN
from paas.params import AppName
from paas.testing import Harness, Inventory

bakery = typer.Typer(help="Bread and cakes.\n\nMore about them.")


@bakery.command("bake")
def bake(
    name: AppName,
    cakes: Annotated[list[str] | None, typer.Argument(metavar="[CAKE]...")] = None,
    count: Annotated[int, typer.Option("--count", help="How many.")] = 1,
) -> None:
    """Bake cakes.

    Slowly.
    """


@bakery.command("taste", hidden=True)
def taste() -> None:
    """Not for everyone."""


@pytest.fixture(autouse=True)
def installed(inventory: Inventory) -> None:
    inventory.add(entrypoints.COMMANDS, "bakery", bakery)
    inventory.add(entrypoints.COMMANDS, "zoo", typer.Typer(help="Animals."), distribution="acme-zoo")
    inventory.add(ORIGIN, "bakery", "builtin")


@pytest.mark.parametrize("words", [[], ["help"], ["--help"], ["-h"]])
def test_help_lists_our_plugins_and_those_of_others(paas: Harness, words: list[str]) -> None:
    out = paas.ok(*words)

    ours, _, theirs = out.partition("Community plugin commands:")
    assert "    bakery   Bread and cakes.\n" in ours
    assert "    version  The version of paas.\n" in ours
    assert "    zoo  Animals.\n" in theirs
    assert "More about them" not in out


def test_all_shows_each_command_with_its_words(paas: Harness) -> None:
    out = paas.ok("help", "--all")

    assert "    bakery:bake [--count] APP [CAKE]...  Bake cakes.\n" in out
    assert "taste" not in out


@pytest.mark.parametrize("word", ["bakery:help", "bakery"])
def test_every_plugin_has_help_of_its_own(paas: Harness, word: str) -> None:
    out = paas.ok(word)

    assert out.startswith("Usage: paas bakery[:VERB] [ARGUMENTS]\n\nBread and cakes.\n\nMore about them.\n")
    assert "    bakery:bake [--count] APP [CAKE]...  Bake cakes.\n" in out


def test_a_command_has_help_of_its_own(paas: Harness) -> None:
    out = paas.ok("bakery:bake", "--help")

    assert out.startswith("Usage: paas bakery:bake [OPTIONS] APP [CAKE]...\n")
    assert "Slowly." in out
    assert "How many." in out


def test_a_plugin_that_cant_be_loaded_is_shown_as_broken(paas: Harness, inventory: Inventory) -> None:
    inventory.add(entrypoints.COMMANDS, "faulty", SystemExit("oh"))

    assert "    faulty  (broken: SystemExit: oh)\n" in paas.ok("help")
    assert "bakery:bake" in paas.ok("help", "--all")
    assert "bakery:bake" in paas.run("bakery:bakes").stderr


def test_what_a_plugin_is_for_is_read_without_importing_it(paas: Harness, inventory: Inventory, tmp_path: Path) -> None:
    (tmp_path / "METADATA").write_text("Name: paas-dear\nSummary: A dear one.\nLicense: MIT\n\nSummary: no header\n")
    inventory.add(entrypoints.COMMANDS, "dear", AssertionError("it was imported"))
    entries = inventory.entries[entrypoints.COMMANDS]
    entries[-1] = replace(entries[-1], info=str(tmp_path))

    assert "    dear  A dear one.\n" in paas.ok("help")
    assert "    dear  (broken: AssertionError: it was imported)\n" in paas.ok("help", "--all")
    assert "it was imported" in paas.run("dear:help").stderr


def test_without_a_summary_a_plugins_own_words_are_shown(inventory: Inventory, tmp_path: Path, paas: Harness) -> None:
    (tmp_path / "METADATA").write_text("Name: acme-zoo\n\nSummary: no header\n")
    entries = inventory.entries[entrypoints.COMMANDS]
    entries[-1] = replace(entries[-1], info=str(tmp_path))

    assert "    zoo  Animals.\n" in paas.ok("help")


shop = typer.Typer(help="A shop.")


@shop.command("prices")
def prices() -> None:
    """What things cost."""


@shop.command("open")
def opened() -> None:
    """Let people in."""


@shop.command("shop-hook", hidden=True)
def hook() -> None:
    """For programs."""


@shop.command("sell")
def sell(words: Annotated[list[str], typer.Argument(metavar=" ".join(["WORD-OF-A-COMMAND"] * 12))]) -> None:
    """Take money."""


@pytest.fixture
def with_shop(inventory: Inventory) -> None:
    inventory.plugin("shop")
    inventory.add(entrypoints.COMMANDS, "shop", shop)
    entry = inventory.entries[entrypoints.COMMANDS][-1]
    inventory.entries[entrypoints.COMMANDS] += [replace(entry, name="prices"), replace(entry, name="shop-hook")]


@pytest.mark.usefixtures("with_shop")
def test_a_command_without_a_colon_has_no_verbs_of_its_plugin(paas: Harness) -> None:
    assert "    prices  What things cost.\n" in paas.ok("help")
    assert "shop-hook" not in paas.ok("help")
    assert "prices:" not in paas.ok("help", "--all")
    assert "open" not in paas.ok("prices:help")
    assert paas.ok("prices:help").startswith("Usage: paas prices [ARGUMENTS]\n")
    assert paas.run("prices:open").exit_code == 127
    assert paas.run("shop:open").exit_code == 0
    assert paas.run("shop-hook").exit_code == 0


@pytest.mark.usefixtures("with_shop")
def test_a_command_without_a_colon_is_listed_once_and_by_its_own_name(paas: Harness) -> None:
    for words in (["help", "--all"], ["shop:help"]):
        shown = [line.split()[0] for line in paas.ok(*words).splitlines() if "What things cost." in line]
        assert shown == ["prices"]


@pytest.mark.usefixtures("with_shop")
def test_a_command_with_many_words_has_what_it_does_below_them(paas: Harness) -> None:
    lines = paas.ok("shop:help").splitlines()

    assert max(map(len, lines)) <= 100
    place = next(number for number, line in enumerate(lines) if line.strip() == "Take money.")
    assert lines[place - 1].startswith("        WORD-OF-A-COMMAND")
    # It stands where those of the others do.
    assert lines[place].index("Take") == next(line.index("Let people") for line in lines if "Let people" in line)


@pytest.mark.usefixtures("with_shop")
def test_help_leaves_out_what_is_disabled(paas: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entrypoints, "disabled", lambda: frozenset({"shop"}))

    assert "shop" not in paas.ok("help", "--all")
    assert "Did you mean" not in paas.run("shop:opne").stderr


def test_help_works_while_the_store_does_not(paas: Harness) -> None:
    paas.paths.root.mkdir()
    (paas.paths.root / "state.db").write_text("no database")

    assert "    bakery   Bread and cakes.\n" in paas.ok("help")


@pytest.mark.parametrize("word", ["help", "version", "tick"])
def test_a_command_of_the_core_tells_help_too(paas: Harness, word: str) -> None:
    assert paas.ok(word, "--help").startswith("Usage: paas ")


def test_a_version_is_all_that_version_knows(paas: Harness) -> None:
    assert paas.run("version", "bakery").exit_code == 2


def test_a_verb_is_not_left_out(paas: Harness) -> None:
    assert paas.run("bakery:").exit_code == 127


@pytest.mark.parametrize("word", ["version", "--version", "-v"])
def test_the_version_is_told(paas: Harness, word: str) -> None:
    assert paas.ok(word) == f"paas version {__version__}\n"


@pytest.mark.parametrize(
    ("word", "meant"),
    [("bakery:bakes", "bakery:bake"), ("hlep", "help"), ("zo", "zoo")],
)
def test_what_was_probably_meant_is_named(paas: Harness, word: str, meant: str) -> None:
    result = paas.run(word)

    assert result.exit_code == 127
    assert f"Did you mean {meant}?" in result.stderr
