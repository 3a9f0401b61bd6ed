"""Build a wheel of every member: `build.py WORKSPACE TARGET`, with a Python that has flit_core.

Run by install.sh as the unprivileged account. All in one process, since starting pip for each member
takes longer than building it; the same sources give the same bytes, by which a second run of
install.sh sees that nothing is new.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from flit_core import buildapi  # type: ignore[import-untyped]  # it ships no types


def main(workspace: Path, target: Path) -> None:
    os.environ["SOURCE_DATE_EPOCH"] = "946684800"  # wheels are zip files, whose times begin in 1980
    for member in [workspace / "core", *sorted(workspace.glob("plugins_*/*"))]:
        if (member / "pyproject.toml").exists():
            os.chdir(member)
            buildapi.build_wheel(str(target))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
