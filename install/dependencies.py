"""Print what the members need from outside: their dependencies and build backends, a line each.

`make lock` pins what comes out; a member's need of another member is no one else's business.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

WORKSPACE = Path(__file__).resolve().parent.parent


def members() -> list[dict[str, object]]:
    files = [WORKSPACE / "core/pyproject.toml", *sorted(WORKSPACE.glob("plugins_*/*/pyproject.toml"))]
    return [tomllib.loads(file.read_text(encoding="utf-8")) for file in files]


def outside(projects: list[dict[str, object]]) -> list[str]:
    """The requirements that no member meets, sorted and each once."""
    ours = {project["project"]["name"] for project in projects}  # type: ignore[index]
    wanted = set()
    for project in projects:
        wanted.update(project["project"].get("dependencies", ()))  # type: ignore[attr-defined]
        wanted.update(project["build-system"]["requires"])  # type: ignore[index]
    return sorted(need for need in wanted if name(need) not in ours)


def name(requirement: str) -> str:
    """The distribution that a requirement asks for: `typer~=0.28.0` asks for typer."""
    return re.split(r"[\s<>=!~;\[@]", requirement, maxsplit=1)[0]


if __name__ == "__main__":
    print("\n".join(outside(members())))
