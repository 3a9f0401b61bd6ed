"""The Procfile: `TYPE: COMMAND`, a line each."""

from __future__ import annotations

import re
from collections.abc import Mapping

from paas import App, PaasError, Source, output
from paas_app_json.api import read_file

from .settings import SETTINGS

_LINE = re.compile(r"([A-Za-z0-9_-]+):\s*(.*)")
MAX_TYPE = 63
SHAPE = "Each line is TYPE: COMMAND, such as web: python app.py"


class InvalidProcfile(PaasError):
    def __init__(self, what: str, hint: str = SHAPE) -> None:
        super().__init__(f"The Procfile is invalid: {what}", hint)


def read(app: App, source: Source) -> Mapping[str, str]:
    """Process type to command, by the Procfile of a source; empty if it has none.

    Raises:
        PaasError: It isn't a text file, or a line of it isn't one.
    """
    path = SETTINGS.value(app, "procfile-path")
    text = read_file(source.folder, path)
    if text is None and path != SETTINGS.all["procfile-path"].default:
        output.warn(f"The source has no {path}, which ps:set {app.name} procfile-path names.")
    return parse(text or "")


def parse(text: str) -> Mapping[str, str]:
    """The process types of a Procfile's text, in its order.

    Raises:
        InvalidProcfile: A line isn't one, names a type again or has no command.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.rstrip()
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if not match:
            raise InvalidProcfile(f"line {number} is {line[:60]!r}.")
        type, command = match.groups()
        if len(type) > MAX_TYPE:
            raise InvalidProcfile(f"the name in line {number} is too long.", f"{MAX_TYPE} characters are the most.")
        if type in found:
            raise InvalidProcfile(f"line {number} names {type} again.", "Each type stands once.")
        if not command:
            raise InvalidProcfile(f"line {number} has no command for {type}.")
        found[type] = command
    return found
