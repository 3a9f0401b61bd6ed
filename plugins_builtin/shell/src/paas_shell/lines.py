"""The lines that a shell is given."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import TextIO

from paas import output

PROMPT = "paas> "


def read() -> Iterator[str]:
    """The lines up to the end of input; from a terminal with a prompt, and as one may edit them."""
    if sys.stdin:
        yield from _typed() if sys.stdin.isatty() else _piped(sys.stdin)


def _typed() -> Iterator[str]:
    with suppress(ImportError):
        import readline  # noqa: F401 (input() edits lines with it)
    while True:
        try:
            yield input(PROMPT)
        except EOFError:
            return output.line()
        except KeyboardInterrupt:  # Ctrl-C gives the line up
            output.line()


def _piped(input: TextIO) -> Iterator[str]:
    """The lines of a script. What they run is given no input: it would take the lines that follow."""
    with open(os.dup(input.fileno()), encoding="utf-8", errors="surrogateescape") as script:
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, input.fileno())
        os.close(nothing)
        yield from (line.removesuffix("\n") for line in script)
