"""nginx's language: text to directives and back; knows nothing of what they mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from paas import InvalidValue

MAX_DEPTH = 8
_ESCAPED = {"t": "\t", "r": "\r", "n": "\n"}
_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\r\n]+ | \#[^\n]*)
  | (?P<quoted>"(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*')(?=[\s;{)])
  | (?P<mark>[;{}])
  | (?P<word>(?: \\. | \$\{ | [^\s;{\\] )+)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass
class Directive:
    """One directive.

    Attributes:
        words: The name and its parameters as they were written, quotes and all.
        block: What stands in its braces; None if it has none.
    """

    words: tuple[str, ...]
    line: int
    block: list[Directive] | None = None

    @property
    def name(self) -> str:
        return _plain(self.words[0])

    @property
    def values(self) -> list[str]:
        """The parameters without their quotes and escapes."""
        return [_plain(word) for word in self.words[1:]]


@dataclass
class _Open:
    """A block whose end hasn't come yet."""

    inside: list[Directive] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


def parse(text: str) -> list[Directive]:
    """The directives of a text.

    Raises:
        InvalidValue: It isn't whole: a quote, a brace or a semicolon is missing or too much.
    """
    blocks, line = [_Open()], 1
    for kind, word in _tokens(text):
        here = blocks[-1]
        if kind in ("word", "quoted"):
            here.words.append(word)
        elif kind == "mark":
            if (word == "}") is bool(here.words) or (word == "}" and len(blocks) == 1):
                raise InvalidValue(f"Line {line} has {word!r} where nginx expects none.")
            if word == "}":
                blocks.pop()
            else:
                inner = _Open()
                here.inside.append(Directive(tuple(here.words), line, inner.inside if word == "{" else None))
                here.words.clear()
                if word == "{":
                    blocks.append(inner)
            if len(blocks) > MAX_DEPTH:
                raise InvalidValue(f"Line {line}: blocks are nested too deeply.")
        line += word.count("\n")
    if len(blocks) > 1 or blocks[0].words:
        raise InvalidValue("The text ends within a directive.", hint="A ; or a } is missing.")
    return blocks[0].inside


def text(directives: Iterable[Directive], depth: int = 0) -> Iterator[str]:
    """The lines of a text, one a directive, without comments."""
    for directive in directives:
        head = "    " * depth + " ".join(directive.words)
        if directive.block is None:
            yield f"{head};"
            continue
        yield f"{head} {{"
        yield from text(directive.block, depth + 1)
        yield "    " * depth + "}"


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if not found or not found.lastgroup:
            line = text.count("\n", 0, position) + 1
            raise InvalidValue(f"Line {line} has {text[position]!r} where nginx expects none.", hint="Is a quote open?")
        if found.lastgroup == "word" and found[0][0] in "\"'":
            line = text.count("\n", 0, position) + 1
            raise InvalidValue(f"Line {line} has a quote that nginx would not close.")
        yield found.lastgroup, found[0]
        position = found.end()


def _plain(word: str) -> str:
    if word[0] in "\"'":
        word = word[1:-1]
    return re.sub(r"""\\(["'\\trn])""", lambda found: _ESCAPED.get(found[1], found[1]), word)
