"""What was given on the command line for a program in a container."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence

from paas import InvalidValue, UsageError

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def environment(pairs: Iterable[str]) -> dict[str, str]:
    """Variables, the last of a name; errors don't show values, which may be secrets.

    Raises:
        UsageError: One isn't of the shape KEY=VALUE.
        InvalidValue: It can't be a variable.
    """
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not NAME.fullmatch(name):
            raise UsageError(
                "--env takes KEY=VALUE, with letters, digits and underscores in KEY.",
                hint="Put quotes around a value with spaces; through ssh two pairs, as in \"KEY='a b'\".",
            )
        found[name] = value
    in_utf8(found.values())
    return found


def in_utf8(words: Iterable[str]) -> Sequence[str]:
    """Words that Docker can pass on.

    Raises:
        InvalidValue: One isn't text in UTF-8.
    """
    kept = tuple(words)
    for number, word in enumerate(kept, 1):
        try:
            word.encode()
        except UnicodeEncodeError as error:
            raise InvalidValue(
                f"Word {number} is not text in UTF-8, and Docker takes nothing else.", hint="Send it as input instead."
            ) from error
    return kept


def without_dashes(words: Sequence[str]) -> Sequence[str]:
    """A command without the `--` that may stand before it."""
    return words[1:] if words[:1] in (["--"], ("--",)) else words


def has_terminal(no: bool, force: bool) -> bool:
    """Whether the program gets a terminal: when we have one, unless told otherwise.

    Raises:
        UsageError: Both were asked for.
    """
    if no and force:
        raise UsageError("--no-tty and --force-tty don't go together.")
    return force or (not no and _has_one())


def _has_one() -> bool:
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))
