"""Measure pushes, commands and load on a system of the testbed, and print tables."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from testbed.system import installed

from . import buildpacks, commands, loaded, pushes

PARTS = {
    "pushes": (
        "A push of a trivial change (seconds; median of each)",
        pushes.measure,
    ),
    "buildpacks": (
        "A push of one changed line of an app without a Dockerfile (seconds; median of each)",
        buildpacks.measure,
    ),
    "commands": (
        "Commands, as times of `python -c pass` with the same Python (median of whole processes)",
        commands.measure,
    ),
    "load": (
        f"An app under {loaded.RATE} requests a second with slow ones, uploads and sockets, while it is changed",
        loaded.measure,
    ),
}


def main(chosen: list[str]) -> None:
    if unknown := set(chosen) - PARTS.keys():
        sys.exit(f"There is no part {' and no '.join(sorted(unknown))}: choose of {', '.join(PARTS)}.")
    with tempfile.TemporaryDirectory(prefix="paas-bench-") as folder, installed(Path(folder)) as system:
        for name in chosen or PARTS:
            title, measure = PARTS[name]
            print(title, flush=True)
            measure(system)
            print(flush=True)


main(sys.argv[1:])
