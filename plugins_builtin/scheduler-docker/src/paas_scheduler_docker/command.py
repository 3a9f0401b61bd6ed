"""What a container runs: a line of a Procfile as argv."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence

from paas import Image

SHELL = ("/bin/sh", "-c")
_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))")
_NEEDS_SHELL = re.compile(r"[|&;<>()`*?\[\]~#!\n]|\$(?![A-Za-z_{])|\$\{[^}]*[^}A-Za-z0-9_]|^\s*[A-Za-z_][A-Za-z0-9_]*=")


def argv(image: Image, type: str, command: str, environment: Mapping[str, str]) -> Sequence[str] | None:
    """The words for a process, None for the image's own command.

    An image that starts its processes by type gets its entry and the type. Of a Procfile's
    command, variables are filled in and it is split into words, so that images without a shell work and signals
    reach the program itself; only what needs a shell is given to the image's `/bin/sh`.
    """
    if image.entry:
        return [*image.entry, type]
    if not command:
        return None
    if _NEEDS_SHELL.search(command):
        return [*SHELL, command]
    try:
        return [_filled(word, environment) for word in _words(command)]
    except ValueError:  # a quote isn't closed; the shell's own message says it best
        return [*SHELL, command]


def _words(command: str) -> list[str]:
    """The words, with the variables in single quotes hidden from `_filled`."""
    protected = re.sub(r"'[^']*'", lambda quoted: quoted[0].replace("$", "\0"), command)
    return shlex.split(protected)


def _filled(word: str, environment: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda name: environment.get(name[1] or name[2], ""), word).replace("\0", "$")
