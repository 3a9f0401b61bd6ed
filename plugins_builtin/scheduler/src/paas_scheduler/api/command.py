"""A line of a Procfile as the words of a program, by the rules of a POSIX shell and without one where that will do.

Without a shell between them, signals reach the program itself, and images that hold no shell work.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from paas import Image

SHELL = ("/bin/sh", "-c")
SHELL_OF_BUILDPACKS = ("bash", "-c")
"""What an image that starts its processes by type has them read with."""
_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_VARIABLE = rf"\$(?:\{{(?P<braced>{_NAME})\}}|(?P<bare>{_NAME}))"
_PIECE = re.compile(
    rf"""(?P<blank>[ \t]+)
    | '(?P<single>[^']*)'
    | "(?P<double>(?:[^"\\`]|\\[^\n])*)"
    | \\(?P<escaped>[^\n])
    | {_VARIABLE}
    | (?P<plain>[^\s'"\\$|&;<>()`*?\[\]~#!]+)
    """,
    re.VERBOSE,
)
_QUOTED = re.compile(rf"""\\(?P<escaped>[$`"\\])|{_VARIABLE}|(?P<plain>[^$])""", re.DOTALL | re.VERBOSE)
_ASSIGNMENT = re.compile(rf"{_NAME}=")
_OF_THE_SHELL = """
    . : [ alias bg break case cd command continue do done elif else esac eval exec exit export fg fi for getopts hash
    if in jobs local read readonly return set shift source then time times trap type ulimit umask unalias unset until
    wait while { }
"""


class _NeedsShell(Exception):
    """Only a shell can make sense of this."""


def argv(image: Image, type: str, command: str, environment: Mapping[str, str]) -> Sequence[str] | None:
    """The words for a process after the image's entrypoint; None for the image's own command.

    Args:
        image: One that starts its processes by type gets its entry and the type.
        command: As the Procfile has it; empty for none.
        environment: The variables of the container.
    """
    if image.entry:
        return [*image.entry, type]
    return words(command, environment) if command.strip() else None


def given(
    image: Image, types: Mapping[str, str], command: Sequence[str], environment: Mapping[str, str]
) -> Sequence[str] | None:
    """The words of a command that somebody gave, after the image's entrypoint; None for the image's own.

    Args:
        types: Process type to its command. A type as the first word stands for that, with the other words after it.
    """
    first, *rest = command
    if first not in types or (rest and image.entry and not types[first]):
        return within(image, command)
    if rest and image.entry:
        return within(image, [*SHELL_OF_BUILDPACKS, f"{types[first]} {shlex.join(rest)}"])
    return argv(image, first, " ".join(filter(None, (types[first], shlex.join(rest)))), environment)


def within(image: Image, command: Sequence[str]) -> Sequence[str]:
    """A command with what the image wants before it: herokuish's `/exec` stands beside `/start`."""
    if not image.entry:
        return command
    *before, start = image.entry
    return [*before, str(PurePosixPath(start).with_name("exec")), *command]


def line(image: Image, command: str, environment: Mapping[str, str]) -> Sequence[str]:
    """A whole line in words, for `given` or `within`.

    An image that starts its processes by type sets variables of its own before (`.profile.d`), so that a shell in it
    fills them all in.
    """
    return words(command, {} if image.entry else environment)


def words(command: str, environment: Mapping[str, str]) -> Sequence[str]:
    """A command in words: its own, with variables filled in, or a shell's to run it.

    What needs a shell is given to `/bin/sh -c`: operators, patterns, substitutions, assignments, commands of the
    shell's own, and variables that are not of this environment, since the image may have them.
    """
    try:
        found = list(_words(command.strip(), environment))
    except _NeedsShell:
        return [*SHELL, command]
    return found if found and found[0] not in _OF_THE_SHELL.split() else [*SHELL, command]


def _words(command: str, environment: Mapping[str, str]) -> Iterator[str]:
    if _ASSIGNMENT.match(command):
        raise _NeedsShell
    word: str | None = None  # none has begun; an empty one has, with ""
    for piece in _pieces(_PIECE, command):
        kind, text = str(piece.lastgroup), piece[str(piece.lastgroup)]
        if kind in ("braced", "bare"):
            for part in re.findall(r"[ \t\n]+|[^ \t\n]+", _value(text, environment)):
                if part.isspace() and word is not None:
                    yield word
                word = None if part.isspace() else (word or "") + part
        elif kind == "blank":
            if word is not None:
                yield word
            word = None
        else:
            word = (word or "") + (_quoted(text, environment) if kind == "double" else text)
    if word is not None:
        yield word


def _value(name: str, environment: Mapping[str, str]) -> str:
    if name not in environment:
        raise _NeedsShell
    return environment[name]


def _quoted(text: str, environment: Mapping[str, str]) -> str:
    """What stands between double quotes, filled in; what a variable holds isn't split there."""
    found = ""
    for piece in _pieces(_QUOTED, text):
        kind = str(piece.lastgroup)
        found += _value(piece[kind], environment) if kind in ("braced", "bare") else piece[kind]
    return found


def _pieces(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """The pieces that make up a text as a whole."""
    position = 0
    while position < len(text):
        if not (piece := pattern.match(text, position)):
            raise _NeedsShell
        yield piece
        position = piece.end()
