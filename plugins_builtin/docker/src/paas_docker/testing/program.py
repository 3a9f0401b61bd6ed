"""What a container of the stand-in does, read from its words.

| words | what |
|---|---|
| `echo TEXT` | prints a line |
| `exit N`, `true`, `false` | ends with that code |
| `env` | prints its variables |
| `cat` | prints what it is given |
| `sleep N` | runs, and doesn't listen |
| anything else | runs, and listens on PORT if it has that variable |

They may be a program's words or a script for `sh -c`, whose commands `;`, `&&` or a line end part.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SHELLS = ("sh", "/bin/sh", "bash", "/bin/bash", "/busybox", "busybox")


@dataclass(frozen=True)
class Behaviour:
    """What a program does once it is started.

    Attributes:
        lines: What it prints.
        exit_code: What it ends with, at once; None while it runs.
        listens: It accepts connections on PORT.
        copies: It prints what it is given.
    """

    lines: Sequence[str] = ()
    exit_code: int | None = None
    listens: bool = False
    copies: bool = False


def behaviour(words: Sequence[str], environment: Mapping[str, str]) -> Behaviour:
    """What a program of these words does."""
    lines: list[str] = []
    for command in _commands(words):
        match _split(command, environment):
            case []:
                continue
            case ["echo", *text]:
                lines.append(" ".join(word for word in text if word != ">&2"))
            case ["env"]:
                lines.extend(f"{name}={value}" for name, value in environment.items())
            case ["true"]:
                continue
            case ["false"]:
                return Behaviour(lines, 1)
            case ["exit", *code]:
                return Behaviour(lines, int(code[0]) if code else 0)
            case ["cat"]:
                return Behaviour(lines, 0, copies=True)
            case ["sleep", *_]:
                return Behaviour(lines)
            case _:
                return Behaviour(lines, listens=True)
    return Behaviour(lines, 0)


def _commands(words: Sequence[str]) -> list[str]:
    rest = [word for word in words if word not in SHELLS]
    if len(rest) < len(words) and rest[:1] == ["-c"]:
        return re.split(r"\s*(?:;|&&|\n)\s*", rest[1])
    return [shlex.join(rest)]


def _split(command: str, environment: Mapping[str, str]) -> list[str]:
    hidden = re.sub(r"'[^']*'", lambda quoted: quoted[0].replace("$", "\0"), command.strip())
    program, *words = shlex.split(hidden.removeprefix("exec ")) or [""]
    return [part for part in (program.rpartition("/")[2],) if part] + [_filled(word, environment) for word in words]


def _filled(word: str, environment: Mapping[str, str]) -> str:
    return re.sub(r"\$\{?(\w+)\}?", lambda name: environment.get(name[1], ""), word).replace("\0", "$")
