"""Lines of a log as text."""

from __future__ import annotations

from paas_scheduler.api import LogLine

COLOURS = (36, 33, 32, 35, 31)
"""Of ECMA-48, one a process in turn."""


class Prefix:
    """What stands before the text of a line: when, and which process.

    Args:
        coloured: Have each process in a colour of its own, for a terminal.
    """

    def __init__(self, *, coloured: bool) -> None:
        self._coloured = coloured
        self._colours: dict[str, int] = {}

    def of(self, line: LogLine) -> str:
        plain = f"{line.time} app[{line.process}]:"
        if not self._coloured:
            return plain
        colour = self._colours.setdefault(line.process, COLOURS[len(self._colours) % len(COLOURS)])
        return f"\x1b[{colour}m{plain}\x1b[0m"
