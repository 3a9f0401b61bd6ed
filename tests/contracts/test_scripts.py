"""What the project has in the language of shells is held to the rules of shellcheck."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from contracts import members

SHELL = re.compile(rb"#!\S+[ /](env )?(ba|da)?sh\b")


def scripts() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=members.ROOT, capture_output=True, check=True).stdout
    paths = [members.ROOT / name.decode() for name in listed.split(b"\0") if name]
    return [path for path in paths if path.is_file() and SHELL.match(path.read_bytes()[:80])]


def test_the_scripts_are_found() -> None:
    assert {path.name for path in scripts()} >= {"install.sh", "run", "index.cgi"}


@pytest.mark.journey  # tests/run installs shellcheck; --fast needs nothing
@pytest.mark.parametrize("path", scripts(), ids=lambda path: str(path.relative_to(members.ROOT)))
def test_shellcheck_has_nothing_to_say(path: Path) -> None:
    done = subprocess.run(["shellcheck", "--severity=style", path], capture_output=True, text=True)

    assert done.stdout + done.stderr == ""
    assert done.returncode == 0
