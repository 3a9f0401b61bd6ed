"""One public key as a line of authorized_keys."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from paas import InvalidValue

OPTIONS = "no-agent-forwarding,no-user-rc,no-X11-forwarding,no-port-forwarding"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9@._+-]{0,99}")
_LINE = re.compile(
    r'command="FINGERPRINT=(?P<fingerprint>\S+) NAME=\\"(?P<name>[^"\\]+)\\" [^"]*",(?P<options>\S+) (?P<key>.+)'
)


@dataclass(frozen=True)
class Key:
    """A key that may use paas.

    Attributes:
        name: Who it is, as hooks and logs see it.
        fingerprint: As `SHA256:…`.
        public: Type, base64 and comment.
        options: What sshd allows it, besides its command.
    """

    name: str
    fingerprint: str
    public: str
    options: str = OPTIONS


def checked_name(name: str) -> str:
    """A name that a key may have; it goes into a line that sshd and a shell read.

    Raises:
        InvalidValue: It may not.
    """
    if not _NAME.fullmatch(name):
        raise InvalidValue(
            f"{name!r} is not a name for a key.",
            hint="Use letters, digits and @ . _ + - with a letter or digit first, at most 100.",
        )
    return name


def line(key: Key, program: str) -> str:
    """A key as sshd reads it: its only command is paas, which takes the client's words from the environment.

    Raises:
        InvalidValue: The name or the program's path can't stand in such a line.
    """
    if set('"\\\n') & set(program):
        raise InvalidValue(f"sshd can't be told to run {program!r}.")
    return (
        f'command="FINGERPRINT={key.fingerprint} NAME=\\"{checked_name(key.name)}\\" {shlex.quote(program)}"'
        f",{key.options} {key.public}"
    )


def parse(text: str) -> Key | None:
    """The key of a line that `line` wrote, None for any other."""
    match = _LINE.fullmatch(text)
    return Key(match["name"], match["fingerprint"], match["key"], match["options"]) if match else None
