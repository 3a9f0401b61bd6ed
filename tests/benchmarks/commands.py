"""The commands that people wait for, with few apps and with a thousand."""

from __future__ import annotations

import sqlite3
import statistics
import subprocess
import time
from contextlib import closing
from pathlib import Path

from testbed.client import web
from testbed.system import System

ROUNDS = 15
COMMANDS = {"apps:list": 7, "config:show bench": 7, "ps:report bench": 9, "help": 9}
"""Each with the aim for its ratio."""
APPS = 1000


def measure(system: System) -> None:
    if system.paas("apps:exists", "bench").code:
        _deploy(system)
    few = _ratios(system)
    _add_apps(system, APPS)
    many = _ratios(system)
    for command, aim in COMMANDS.items():
        print(
            f"  {command:<18} {few[command]:5.1f} (aim: at most {aim})"
            f"   with {APPS} apps {many[command] / few[command]:5.2f} times that (aim: at most 1.3)"
        )


def _ratios(system: System) -> dict[str, float]:
    """Times of each command over those of `python -c pass`, run in turns so that noise meets all alike."""
    program = (system.folder / "opt" / "current").resolve()
    account = ["setpriv", "--reuid", system.user, "--regid", system.user, "--init-groups", "--"]
    lines: dict[str, list[str | Path]] = {"pass": [*account, program / "bin" / "python", "-c", "pass"]}
    lines |= {command: [*account, program / "bin" / "paas", *command.split()] for command in COMMANDS}
    taken: dict[str, list[float]] = {name: [] for name in lines}
    for _ in range(ROUNDS):
        for name, words in lines.items():
            start = time.perf_counter()
            subprocess.run(words, check=True, stdout=subprocess.DEVNULL, cwd="/")
            taken[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(times) for name, times in taken.items()}
    return {command: medians[command] / medians["pass"] for command in COMMANDS}


def _deploy(system: System) -> None:
    """An app that runs, where the pushes haven't left one."""
    ann = system.client(system.folder / "ann")
    pushed = ann.push(ann.app("bench", web("0")))
    assert pushed.code == 0, pushed.all


def _add_apps(system: System, count: int) -> None:
    with closing(sqlite3.connect(system.root / "state.db", timeout=60)) as db, db:
        db.executemany(
            "INSERT INTO apps (name, created_at) VALUES (?, 0)", [(f"app-{number}",) for number in range(count)]
        )
