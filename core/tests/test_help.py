from __future__ import annotations

from typing import Annotated

import pytest
import typer

from paas import __version__, entrypoints
from paas.help import ORIGIN
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
    assert "    version  The version of paas\n" in ours
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

    assert "Slowly." in out
    assert "How many." in out


def test_a_plugin_that_cant_be_loaded_is_shown_as_broken(paas: Harness, inventory: Inventory) -> None:
    inventory.add(entrypoints.COMMANDS, "faulty", SystemExit("oh"))

    assert "    faulty  (broken: SystemExit: oh)\n" in paas.ok("help")
    assert "bakery:bake" in paas.ok("help", "--all")
    assert "bakery:bake" in paas.run("bakery:bakes").stderr


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
