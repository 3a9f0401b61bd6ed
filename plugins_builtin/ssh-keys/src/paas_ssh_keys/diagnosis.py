"""Would sshd let the keys in that we know, and run nothing but paas for them?"""

from __future__ import annotations

import stat
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from paas import PaasError, locks
from paas.context import current
from paas.upkeep import Finding, Severity

from . import authorized, keys
from .keys import Key

OURS = 'command="FINGERPRINT='
"""What the lines begin with that `keys.line` writes, whatever became of the rest."""


def diagnose() -> Iterator[Finding]:
    file = current().paths.authorized_keys
    if file.exists():
        yield from _modes(file)
        yield from _lines()


def _modes(file: Path) -> Iterator[Finding]:
    for path, right in ((file.parent, 0o700), (file, 0o600)):
        if (mode := stat.S_IMODE(path.stat().st_mode)) != right:
            yield Finding(
                "ssh keys",
                f"{path} has the mode {mode:o}, and sshd may trust no key in it.",
                f"chmod {right:o} {path}",
                repair=partial(path.chmod, right),
            )


def _lines() -> Iterator[Finding]:
    names: Counter[str] = Counter()
    file = current().paths.authorized_keys
    for number, text in enumerate(authorized.lines(), 1):
        key = keys.parse(text)
        if key:
            names[key.name] += 1
            yield from _key(key, text)
        elif text.startswith(OURS):
            yield Finding(
                "ssh keys",
                f"Line {number} of {file} was changed by hand, and is no key of ours any more.",
                "Remove the line, then add the key again with ssh-keys:add NAME",
            )
        elif text.strip() and not text.lstrip().startswith("#"):
            yield Finding(
                "ssh keys",
                f"Line {number} of {file} isn't ours: its key has a whole shell on this server.",
                "Remove it unless you want that; it may do more than any key of ours.",
                Severity.warning,
            )
    for name, count in names.items():
        if count > 1:
            yield Finding("ssh keys", f"{count} keys have the name {name}.", "Use ssh-keys:remove --fingerprint PRINT")


def _key(key: Key, text: str) -> Iterator[Finding]:
    program = current().paths.executable
    if text != keys.line(Key(key.name, key.fingerprint, key.public), program):
        yield Finding(
            "ssh keys",
            f"The line of {key.name} runs another program than {program}, or allows more than it should.",
            "Have it written anew with paas doctor --fix",
            repair=_write_anew,
        )
    if _fingerprint(key) != key.fingerprint:
        yield Finding(
            "ssh keys",
            f"The key of {key.name} isn't the one that its line says it is ({key.fingerprint}).",
            f"Remove it with ssh-keys:remove {key.name}, then add the right one.",
        )


def _fingerprint(key: Key) -> str:
    try:
        return authorized.fingerprint(key.public)
    except PaasError:
        return "none"


def _write_anew() -> None:
    """Write each line of ours as it would be written today."""
    with locks.exclusive("authorized-keys"):
        lines = [(keys.parse(text), text) for text in authorized.lines()]
        program = current().paths.executable
        authorized.write(
            [keys.line(Key(key.name, key.fingerprint, key.public), program) if key else text for key, text in lines]
        )
