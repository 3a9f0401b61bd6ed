"""The Dockerfile in an app's source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from paas import App, PaasError, Source

from .settings import SETTINGS

_EXPOSE = re.compile(r"^\s*EXPOSE\s+(.+)$", re.IGNORECASE | re.MULTILINE)
_PORT = re.compile(r"(\d{1,5})(?:/(tcp|udp))?")


def exists(app: App, source: Source) -> bool:
    return (source.folder / SETTINGS.value(app, "dockerfile-path")).is_file()


def path(app: App, source: Source) -> str:
    """The app's Dockerfile, relative to the source.

    Raises:
        PaasError: There is none, or it isn't a text file inside the source.
    """
    name = SETTINGS.value(app, "dockerfile-path")
    file = (source.folder / name).resolve()
    if not file.is_file() or not file.is_relative_to(source.folder.resolve()):
        raise PaasError(
            f"The source of {app.name} has no {name}.",
            hint="Add it, or name another with builder-dockerfile:set dockerfile-path.",
        )
    if not text(file).strip():
        raise PaasError(f"{name} is empty.", hint="It needs at least a FROM line.")
    return name


def text(file: Path) -> str:
    """Its text.

    Raises:
        PaasError: It isn't text.
    """
    try:
        content = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise PaasError(f"{file.name} is not a text file.", hint="Save it as UTF-8.") from error
    if "\0" in content:
        raise PaasError(f"{file.name} is not a text file.", hint="Save it as UTF-8.")
    return content


def exposed(content: str) -> Iterator[str]:
    """The ports of its EXPOSE lines that are plain numbers, as `5000/tcp`, in their order."""
    for words in _EXPOSE.findall(content):
        for word in words.split():
            if match := _PORT.fullmatch(word):
                yield f"{match[1]}/{match[2] or 'tcp'}"
