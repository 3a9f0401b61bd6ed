r"""The `KEY="VALUE"` files of dotenv, read as its many dialects agree and written so that all of them understand.

    # a comment
    export NAME=value            # and another
    SINGLE='taken as it is: \n $HOME'
    DOUBLE="line one\nline two"
    MANY="lines may
    also be broken"

Nothing is expanded: `$HOME` stays `$HOME`, in whatever quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from paas import InvalidValue

from .variables import checked_name

_ESCAPED = {"\\": "\\\\", '"': '\\"', "$": "\\$", "`": "\\`", "\n": "\\n", "\r": "\\r"}
_UNESCAPED = {"n": "\n", "r": "\r", "t": "\t"} | {c: c for c in '\\"$`!'}

_SPACE = re.compile(r"[ \t\r\n]*(?:#[^\n]*)?(?:\n|\Z)|[ \t]+")
_START = re.compile(r"(?:export[ \t]+)?(?P<name>[^\s=\"'#]+)[ \t]*=")
_SINGLE = re.compile(r"[ \t]*'(?P<value>[^']*)'")
_DOUBLE = re.compile(r'[ \t]*"(?P<value>(?:[^"\\]|\\.)*)"', re.DOTALL)
_QUOTE = re.compile(r"[ \t]*(['\"])")
_BARE = re.compile(r"[^\n]*")
_COMMENT = re.compile(r"(?<=[ \t])#.*")
_END = re.compile(r"[ \t\r]*(?:#[^\n]*)?(?:\n|\Z)")


def write(values: Mapping[str, str]) -> str:
    """A file's lines, the last one without its end."""
    return "\n".join(f'{name}="{_escaped(value)}"' for name, value in values.items())


def read(text: str) -> dict[str, str]:
    """The variables of a file; of a name that stands twice, the last.

    Raises:
        InvalidValue: A line can't be understood; it is named by its number, since it may hold a secret.
    """
    return dict(_entries(text.removeprefix("\ufeff")))


def _entries(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    while position < len(text):
        if space := _SPACE.match(text, position):
            position = space.end()
            continue
        start = _START.match(text, position)
        if not start:
            raise _error(text, position, "is not of the shape KEY=VALUE")
        value, position = (_quoted if _QUOTE.match(text, start.end()) else _bare)(text, start.end())
        yield checked_name(start["name"]), value


def _bare(text: str, position: int) -> tuple[str, int]:
    """The value without quotes that begins at a position, and where it ends."""
    bare = _BARE.match(text, position)
    assert bare
    return _COMMENT.sub("", bare[0]).strip(" \t\r"), bare.end()


def _quoted(text: str, position: int) -> tuple[str, int]:
    """The value in quotes that begins at a position, and where the next line does."""
    single, double = _SINGLE.match(text, position), _DOUBLE.match(text, position)
    if not (quoted := single or double):
        raise _error(text, position, "has a quote that isn't closed")
    end = _END.match(text, quoted.end())
    if not end:
        raise _error(text, quoted.end(), "goes on after the closing quote")
    return quoted["value"] if single else _unescaped(quoted["value"]), end.end()


def _escaped(value: str) -> str:
    return "".join(_ESCAPED.get(character, character) for character in value)


def _unescaped(value: str) -> str:
    """A value without its escapes; a backslash before anything else stays, as in a shell."""
    return re.sub(r"\\(.)", lambda found: _UNESCAPED.get(found[1], found[0]), value, flags=re.DOTALL)


def _error(text: str, position: int, what: str) -> InvalidValue:
    line = text.count("\n", 0, position) + 1
    return InvalidValue(
        f"Line {line} of the variables {what}.",
        hint="Write a line for each, such as GREETING=hello or GREETING='hello world'",
    )
