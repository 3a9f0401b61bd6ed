"""The guides and READMEs name what exists, and the plugin of docs/plugins.md works as it stands there."""

from __future__ import annotations

import ast
import os
import re
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from contracts import members
from contracts.test_commands import every_command, parsed, plumbing
from contracts.test_triggers import HOOKS, importable
from paas import help as helping
from paas import roothelper

GUIDES = [members.ROOT / "README.md", members.ROOT / "CHANGELOG.md", *sorted((members.ROOT / "docs").glob("*.md"))]
READMES = [member.folder / "README.md" for member in members.ALL]
EXAMPLES = ("office-hours:",)
"""Prefixes of commands that a guide brings itself."""

COMMANDS = {name for name, _ in every_command()} | set(helping.CORE_COMMANDS)
PREFIXES = {prefix for member in members.PLUGINS for prefix in member.entry_points("paas.commands")}
every_page = pytest.mark.parametrize("page", [*GUIDES, *READMES], ids=lambda path: str(path.relative_to(members.ROOT)))


class Line(NamedTuple):
    """A command as a page shows it."""

    verb: str
    words: list[str]


@every_page
def test_the_commands_that_a_page_shows_exist(page: Path) -> None:
    assert [line.verb for line in shown(page) if not exists(line.verb)] == []


@every_page
def test_the_flags_that_a_page_shows_exist(page: Path) -> None:
    unknown = [
        f"{line.verb} {word}"
        for line in shown(page)
        if exists(line.verb) and line.verb in COMMANDS - set(helping.CORE_COMMANDS)
        for word in line.words
        if word.startswith("--") and word not in ("--", "--global") and not has_flag(line.verb, word.partition("=")[0])
    ]

    assert unknown == []


def test_the_security_page_names_every_verb_that_root_carries_out() -> None:
    text = (members.ROOT / "docs/server.md").read_text().partition("## Security")[2]
    verbs = set(roothelper.OWN).union(*(member.entry_points("paas.root") for member in members.PLUGINS))

    assert {verb for verb in verbs if f"`{verb}`" not in text} == set()


@every_page
def test_no_word_that_a_page_shows_is_taken_for_an_option_of_ssh(page: Path) -> None:
    assert re.findall(r"^.*\bssh (?:-\w )?paas@\S+ -(?!- ).*$", page.read_text(), re.MULTILINE) == []


@every_page
def test_the_commands_that_a_page_names_exist(page: Path) -> None:
    named = [word.split()[0] for word in inline(page) if re.match(r"[a-z][a-z-]*:[a-z][a-z-]*( |$)", word)]

    assert [verb for verb in named if not exists(verb)] == []


@every_page
def test_the_things_of_python_that_a_page_names_exist(page: Path) -> None:
    named = [word.partition("(")[0] for word in inline(page) if re.match(r"paas(_[a-z_]+)?\.[\w.]+(\(|$)", word)]

    assert [name for name in named if not importable(name) and name not in words_of_ours()] == []


@every_page
def test_the_pages_that_a_page_links_to_exist(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text())

    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


def test_the_table_of_plugins_in_the_readme_is_complete() -> None:
    readme = (members.ROOT / "README.md").read_text()

    assert [m.noun for m in members.PLUGINS if f"[{m.noun}](plugins_{m.origin}/{m.noun}/README.md)" not in readme] == []


def test_the_guide_of_plugins_names_hooks_that_exist() -> None:
    page = (members.ROOT / "docs" / "deploy.md").read_text()
    named = re.findall(r"`((?:pre|post)_\w+)`", page)

    assert named
    assert [name for name in named if name not in HOOKS] == []


# The example


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plugin of docs/plugins.md, each block in the file that is named above it."""
    folder = tmp_path_factory.mktemp("example")
    page = (members.ROOT / "docs" / "plugins.md").read_text()
    for name, text in re.findall(r"^\*\*`([^`]+)`\*\*\n\n```\w+\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_the_example_is_installed_and_passes_its_own_tests(example: Path) -> None:
    build = "import sys; from flit_core import buildapi; print(buildapi.build_wheel(sys.argv[1]))"
    wheel = done([sys.executable, "-c", build, str(example)], example).strip()
    with zipfile.ZipFile(example / wheel) as archive:
        archive.extractall(example / "installed")

    # Installed as pip --target would; the tests run on that, not on the sources.
    tests = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(example), "tests"]
    printed = done(tests, example, PYTHONPATH=str(example / "installed"))

    assert "2 passed" in printed


def test_the_example_is_in_the_shape_that_we_ask_of_ours(example: Path) -> None:
    settings = str(members.ROOT / "pyproject.toml")
    done([sys.executable, "-m", "ruff", "check", "--no-cache", "--config", settings, "src", "tests"], example)
    done(
        [sys.executable, "-m", "ruff", "format", "--check", "--no-cache", "--config", settings, "src", "tests"], example
    )


def shown(page: Path) -> Iterator[Line]:
    """The commands of paas in the blocks of a page: on the server, or through ssh."""
    for block in re.findall(r"^ *```\w*\n(.*?)^ *```$|^((?:    .*\n)+)", page.read_text(), re.MULTILINE | re.DOTALL):
        for line in "".join(block).splitlines():
            if found := re.match(r" *(?:[$#] )?(?:sudo )?(?:paas|ssh (?:-\w )?paas@\S+) (.+)", line):
                words = shlex.split(found[1], comments=True)
                while words and words[0] in ("--", "--quiet", "--trace", "--force"):
                    words.pop(0)
                words = words[: next((n for n, word in enumerate(words) if word in ("<", "|", ">")), None)]
                yield Line(words[0], words[1:])


def inline(page: Path) -> list[str]:
    text = re.sub(r"^ *```.*?^ *```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"`([^`\n]+)`", text)


def exists(verb: str) -> bool:
    prefix, _, rest = verb.partition(":")
    return (
        verb in COMMANDS or verb.startswith(EXAMPLES) or (prefix in PREFIXES and rest in ("", "help")) or hidden(verb)
    )


@cache
def words_of_ours() -> set[str]:
    """Texts of the code that look like a module's name: entry-point groups, labels of containers, parts of a test's."""
    trees = [members.parsed(path) for member in members.ALL for path in member.modules()]
    texts = {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return {text for text in texts if isinstance(text, str)} | {"paas.programs"}


def hidden(verb: str) -> bool:
    try:
        return verb in plumbing() or bool(parsed(verb))
    except AssertionError:
        return False


def has_flag(verb: str, flag: str) -> bool:
    command = parsed(verb)
    about = {verb.partition(":")[0], "app"}
    if verb.endswith(":report") and flag.startswith(tuple(f"--{noun}-" for noun in about)):
        return True
    return flag in {spelling for p in command.params for spelling in (*p.opts, *p.secondary_opts)}


def done(argv: list[str], folder: Path, **environment: str) -> str:
    run = subprocess.run(argv, cwd=folder, capture_output=True, text=True, env=os.environ | environment, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout
