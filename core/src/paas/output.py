"""Lines for people and for scripts, in the shapes that Dokku's users know.

    -----> a step
    =====> a result
           a detail
     !     what is wrong, on stderr

Whoever reads the output may go away at any line; the work goes on, and a log that was being written
gets every line before the reader does.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, TextIO

STEP, RESULT, DETAIL, WRONG = "-----> ", "=====> ", " " * 7, " !     "
LABEL_WIDTH = 31


@dataclass
class Output:
    """Where a run's lines go.

    Attributes:
        quiet: Leave out steps, results and details; data and errors stay.
        log: A file that gets every line first, while a deploy runs.
    """

    quiet: bool = False
    log: IO[str] | None = None
    _gone: set[str] = field(default_factory=set)

    def write(self, text: str, *, error: bool = False) -> None:
        self._keep(text)
        self._show(text, error=error)

    def _show(self, text: str, *, error: bool) -> None:
        name = "stderr" if error else "stdout"
        if name in self._gone:
            return
        stream: TextIO = getattr(sys, name)
        try:
            _send(stream, text)
            stream.flush()
        except (BrokenPipeError, ConnectionResetError):
            self._gone.add(name)
            drop(stream)

    def _keep(self, text: str) -> None:
        """Write to the log. Work that has begun goes on without one when its disk is full."""
        if not (log := self.log):
            return
        try:
            log.write(text)
            log.flush()
        except OSError as error:
            self.log = None
            drop(log)
            warn(f"The log of this can't be written any more: {error.strerror}.")


@dataclass
class Held(Output):
    """Lines that wait for others to have been said."""

    _said: list[tuple[str, bool]] = field(default_factory=list)

    def _show(self, text: str, *, error: bool) -> None:
        self._said.append((text, error))

    def release(self, output: Output) -> None:
        """Write what was said, in its order."""
        for text, error in self._said:
            output.write(text, error=error)


def _send(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
    except UnicodeEncodeError:  # half a character of someone's JSON
        encoding = stream.encoding or "utf-8"
        stream.write(text.encode(encoding, errors="backslashreplace").decode(encoding))


def drop(stream: IO[str]) -> None:
    """Let what a stream still holds go nowhere, or Python would complain of it when we exit."""
    with suppress(OSError):  # a test's stream has no descriptor
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _output() -> Output:
    from .context import current

    return current().output


def _chatter(prefix: str, text: str, *, error: bool = False) -> None:
    if not (output := _output()).quiet:
        output.write(f"{prefix}{text}\n", error=error)


def step(text: str, *, error: bool = False) -> None:
    """A step of the work that begins; on stderr with `error`, where stdout is some other program's."""
    _chatter(STEP, text, error=error)


def result(text: str) -> None:
    """What a piece of work came to, or the heading of a report."""
    _chatter(RESULT, text)


def detail(text: str) -> None:
    """A line that belongs to the step above it."""
    _chatter(DETAIL, text)


def heading(text: str) -> None:
    """A line above data that says what it is, for people."""
    _chatter("", text)


def line(text: str = "") -> None:
    """Data that was asked for, as it is."""
    _output().write(f"{text}\n")


def raw(text: str) -> None:
    """Text that brings its own line ends, such as the output of a build."""
    _output().write(text)


def indented(text: str) -> None:
    """Data that was asked for, below a heading."""
    line(f"{DETAIL}{text}")


def warn(message: str, hint: str | None = None) -> None:
    """What is wrong and what to do, on stderr."""
    for text in _sentences(message, hint):
        _output().write(f"{WRONG}{text}\n", error=True)


def only_recorded(message: str, hint: str | None = None) -> None:
    """What went wrong, for the log that is being written; whoever reads along is told when all is taken back."""
    if log := _output().log:
        log.writelines(f"{WRONG}{text}\n" for text in _sentences(message, hint))


def _sentences(message: str, hint: str | None) -> list[str]:
    return [text for sentence in filter(None, (message, hint)) for text in sentence.splitlines()]


def data(value: Any) -> None:
    """A value as JSON, on one line."""
    import json

    line(json.dumps(value, ensure_ascii=False))


def fields(heading: str, values: Mapping[str, str]) -> None:
    """A report: a heading, then `Label:` and value a line."""
    result(heading)
    for label, value in values.items():
        indented(f"{label + ':':<{LABEL_WIDTH - 1}} {value}".rstrip())


def table(rows: Iterable[Sequence[str]], *, gap: int = 2) -> None:
    """Rows in columns as wide as their widest cell."""
    rows = [tuple(map(str, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        line((" " * gap).join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


@contextmanager
def recorded(path: Path) -> Iterator[None]:
    """Write every line to a file as well, before anyone sees it."""
    output = _output()
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8", errors="backslashreplace", opener=_owner_only) as log:
        before, output.log = output.log, log
        try:
            yield
        finally:
            output.log = before


def _owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
