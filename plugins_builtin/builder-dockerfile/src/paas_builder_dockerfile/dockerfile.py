"""The Dockerfile in an app's source."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from paas import App, PaasError, Source

from .settings import SETTINGS

_CONTINUED = re.compile(r"\\\s*\n")
_EXPOSE = re.compile(r"^\s*EXPOSE\s+(.+)$", re.IGNORECASE | re.MULTILINE)
_PORT = re.compile(r"(\d{1,5})(?:/(tcp|udp))?")


@dataclass(frozen=True)
class Dockerfile:
    """A Dockerfile that Docker may be asked to build.

    Attributes:
        path: Relative to the source, with symbolic links resolved: BuildKit doesn't follow them.
    """

    path: str
    text: str


class Unusable(PaasError):
    def __init__(self, app: App, wrong: str) -> None:
        super().__init__(
            f"The source of {app.name} {wrong}.",
            hint=f"Mend it, or name another file with builder-dockerfile:set {app.name} dockerfile-path PATH",
        )


def is_meant(app: App, source: Source) -> bool:
    """Whether the app is to be built from a Dockerfile: there is one, or its path was set."""
    path = source.folder / SETTINGS.value(app, "dockerfile-path")
    return os.path.lexists(path) or SETTINGS.own(app, "dockerfile-path") is not None


def load(app: App, source: Source) -> Dockerfile:
    """The app's Dockerfile.

    Raises:
        Unusable: There is none, or it isn't a text file inside the source.
    """
    name = SETTINGS.value(app, "dockerfile-path")
    root, file = (Path(os.path.realpath(path)) for path in (source.folder, source.folder / name))
    if not os.path.lexists(source.folder / name):
        raise Unusable(app, f"has no {name}")
    if not file.is_relative_to(root):
        raise Unusable(app, f"has a {name} that leads out of it")
    if not file.is_file():
        raise Unusable(app, f"has a {name} that is not a file")
    content = file.read_bytes()
    if b"\0" in content:
        raise Unusable(app, f"has a {name} that is not text")
    if not content.strip():
        raise Unusable(app, f"has a {name} that is empty")
    return Dockerfile(str(file.relative_to(root)), content.decode("utf-8-sig", errors="replace"))


def exposed(text: str) -> Iterator[str]:
    """The ports of a Dockerfile's EXPOSE lines that are plain numbers, as `5000/tcp`, in their order."""
    for words in _EXPOSE.findall(_CONTINUED.sub(" ", text)):
        for word in words.split():
            if match := _PORT.fullmatch(word):
                yield f"{match[1]}/{match[2] or 'tcp'}"
