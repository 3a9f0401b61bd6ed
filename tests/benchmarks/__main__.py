"""Measure pushes and commands on a system of the testbed, and print a table."""

from __future__ import annotations

import tempfile
from pathlib import Path

from testbed.system import installed

from . import commands, pushes


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="paas-bench-") as folder, installed(Path(folder), "paas-bench") as system:
        print("A push of a trivial change, to its return with the new page served (seconds; median of each)")
        pushes.measure(system)
        print("\nCommands, as times of `python -c pass` with the same Python (median of whole processes)")
        commands.measure(system)


main()
