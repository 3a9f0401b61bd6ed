"""Is the program that runs whole, and does each plugin of it work?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from paas import hooks
from paas.context import current
from paas.upkeep import Finding

from . import environments, generations

AGAIN = "Run install.sh again: it repairs what is damaged."


def diagnose() -> Iterator[Finding]:
    for name, reason in hooks.plugins().broken.items():
        yield Finding(
            f"plugin {name}",
            f"It is broken, and no deploy starts until it works: {reason}",
            f"Mend it, or leave it out with plugin:disable {name}",
        )
    if program := current().paths.program:
        yield from _generation(program)


def _generation(program: Path) -> Iterator[Finding]:
    number = generations.current(program)
    if number is None:
        yield Finding("program", f"{program}/current leads to no finished generation.", AGAIN)
    elif damage := environments.damage(program / str(number), current().paths.user):
        yield Finding("program", f"{damage}.", AGAIN)
