from __future__ import annotations

import pytest

from paas import PaasError, hookimpl
from paas.context import Caller
from paas.testing import Harness, Inventory
from paas_shell import commands


def test_lines_are_carried_out_until_one_leaves(paas: Harness) -> None:
    result = paas.run("shell", input="apps:create shop\n\napps:create 'store'\nexit\napps:create never\n")

    assert result.exit_code == 0
    assert paas.ok("--quiet", "apps:list").split() == ["shop", "store"]


def test_the_code_is_that_of_the_last_line(paas: Harness) -> None:
    assert paas.run("shell", input="nope\napps:create shop").exit_code == 0
    result = paas.run("shell", input="apps:create store\nnope")
    assert (result.exit_code, "`nope` is not a paas command" in result.stderr) == (127, True)
    assert paas.run("shell", input="").exit_code == 0


def test_a_line_that_is_no_command_line_is_passed_over(paas: Harness) -> None:
    result = paas.run("shell", input="apps:create 'shop\n$(id)\napps:create store\n")

    assert "can't be split" in result.stderr
    assert paas.ok("--quiet", "apps:list").split() == ["store"]


def test_each_line_is_authorized(paas: Harness, inventory: Inventory) -> None:
    inventory.real = True
    asked: list[tuple[str, str | None]] = []

    @hookimpl
    def authorize(caller: Caller, verb: str, app: str | None) -> None:
        asked.append((verb, app))
        if verb == "apps:create":
            raise PaasError(f"not for {caller.name}")

    inventory.plugin("guard", authorize)

    result = paas.run("shell", input="apps:create shop\n", key="ann")

    assert asked == [("shell", None), ("apps:create", "shop")]
    assert result.stderr == " !     not for ann\n"


def test_a_bug_of_a_command_does_not_end_the_shell(paas: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(words: object, context: object) -> int:
        raise ZeroDivisionError

    with paas.inside():
        monkeypatch.setattr(commands.cli, "run", broken)
        assert commands.carry_out(["help"]) == 1
