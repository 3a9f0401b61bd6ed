"""The Procfile: `TYPE: COMMAND`, a line each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from paas import PaasError

MAX_BYTES = 256 * 1024
_LINE = re.compile(r"([A-Za-z0-9_-]{1,63}):\s*(.*)")


class InvalidProcfile(PaasError):
    def __init__(self, what: str, hint: str = "Each line is TYPE: COMMAND, such as web: python app.py") -> None:
        super().__init__(f"The Procfile is invalid: {what}", hint)


def read(file: Path) -> Mapping[str, str]:
    """The process types of a source with their commands; empty without a Procfile.

    Raises:
        InvalidProcfile: It isn't text, or a line isn't one.
    """
    if not file.exists():
        return {}
    if not file.is_file() or file.stat().st_size > MAX_BYTES:
        raise InvalidProcfile(f"it is not a file of at most {MAX_BYTES // 1024} KiB.")
    try:
        return parse(file.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InvalidProcfile("it is not a text file.", "Save it as UTF-8.") from error


def parse(text: str) -> Mapping[str, str]:
    """The process types of a Procfile's text, in its order.

    Raises:
        InvalidProcfile: A line isn't one, names a type again or has no command.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line.rstrip())
        if not match or "\0" in line:
            raise InvalidProcfile(f"line {number} is {line[:60]!r}.")
        type, command = match.groups()
        if type in found:
            raise InvalidProcfile(f"line {number} names {type} again.", "Each type stands once.")
        if not command:
            raise InvalidProcfile(f"line {number} has no command for {type}.")
        found[type] = command
    if text.strip() and not found:
        raise InvalidProcfile("it names no process.")
    return found
