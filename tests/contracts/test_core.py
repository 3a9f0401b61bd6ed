"""Core stays thin: it finds plugins, calls them in order and keeps the store; all else a plugin does."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from contracts import members

MODULES = {
    # what happens to an app, and the hooks around it
    "hookspecs", "hooks", "plugins", "entrypoints", "lifecycle", "deployment", "builds", "cancelling", "intents",
    "tasks",
    # commands
    "cli", "help", "typed", "plumbing", "authorization", "params", "settings", "set_command", "reports", "several",
    "output",
    # what they work on and with
    "apps", "releases", "state", "locks", "paths", "context", "process", "scratch", "files", "errors", "disk", "upkeep",
    "ahead", "privileged", "roothelper", "below",
    # for the authors of plugins; no command imports it
    "testing",
}  # fmt: skip
"""A module more is a sentence more in the answer to "what is core?". Add it here and to core's README, if no plugin can
have it: because core itself calls it, or because all plugins must do the same thing in the same way."""

MOST_LINES = 3_480
"""Of code, which leaves out docstrings, comments and blank lines. Of these, 163
are for tests of plugins alone; it was meant to be 1,500. Whoever wants to understand `paas` reads all of this, so
before raising it look for what a plugin could do with a hook, and raise it by no more than is needed."""

NO_CODE = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER,
}  # fmt: skip


def test_core_has_these_modules_and_no_others() -> None:
    assert {path.stem for path in members.CORE.modules()} == MODULES | {"__init__"}


def test_the_readme_of_core_says_what_each_module_is_for() -> None:
    table = members.CORE.readme.partition("## Where to look")[2]
    named = [name for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)]

    assert sorted(named) == sorted(MODULES)


def test_core_has_no_more_code_than_can_be_read_in_an_afternoon() -> None:
    lines = {path.name: len(set(code_lines(path.read_text()))) for path in members.CORE.modules()}

    assert sum(lines.values()) <= MOST_LINES, sorted(lines.items(), key=lambda item: -item[1])


def test_lines_of_code_are_those_that_python_runs() -> None:
    text = '"""A module."""\n\n# a comment\nx = (  # another\n    1,\n\n)\n"""About x."""\n\ndef f():\n    """F."""\n'

    assert set(code_lines(text)) == {4, 5, 7, 10}


def code_lines(text: str) -> Iterator[int]:
    """The numbers of the lines with code on them, some of them twice."""
    docs = {
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in NO_CODE and token.start[0] not in docs:
            yield from range(token.start[0], token.end[0] + 1)
