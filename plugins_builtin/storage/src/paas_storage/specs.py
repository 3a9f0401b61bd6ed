"""What people write of a mount, as values; touches nothing."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass

from paas import InvalidValue, UsageError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
PRINTABLE = re.compile(r"[^\x00-\x1f\x7f:]+")
"""What a path may be made of: Docker splits at colons, and a report has lines."""

OPTIONS = {"ro", "rw", "z", "Z", "private", "rprivate", "slave", "rslave", "cached", "delegated", "consistent"}
AT_MOST_ONE = ({"ro", "rw"}, {"z", "Z"}, {"private", "rprivate", "slave", "rslave"})
REFUSED = {
    "shared": "what the container mounts would appear on the server",
    "rshared": "what the container mounts would appear on the server",
    "nocopy": "it is for volumes of Docker's, and these are folders",
}
OF_THE_KERNEL = ("/proc", "/sys", "/dev")


@dataclass(frozen=True)
class Spec:
    """`SOURCE:TARGET[:OPTIONS]`.

    Attributes:
        source: Absolute path on the server, or the name of a volume.
        target: Absolute path in the container.
        options: Docker's, with a comma between them; None where nothing was said of them.
    """

    source: str
    target: str
    options: str | None = None


def parse(text: str) -> Spec:
    """Read `HOST:CONTAINER[:OPTIONS]`.

    Raises:
        UsageError: It has fewer or more parts.
        InvalidValue: A part is of another shape than its place needs.
    """
    found = text.split(":")
    if len(found) not in (2, 3):
        raise UsageError(f"{text!r} is not HOST:CONTAINER or HOST:CONTAINER:OPTIONS.", hint="Such as /srv/a:/app/a:ro")
    return Spec(source(found[0]), target(found[1]), options(found[2]) if len(found) == 3 else None)


def source(text: str) -> str:
    """The path on the server, or the name, that containers are to see.

    Raises:
        InvalidValue: It is neither.
    """
    return _path(text) if "/" in text or text in ("", ".", "..") else name(text)


def name(text: str) -> str:
    """The name of a volume.

    Raises:
        InvalidValue: It isn't one.
    """
    if not NAME.fullmatch(text):
        raise InvalidValue(
            f"{text!r} is not a name for a volume.",
            hint="Use letters, digits, dots, hyphens and underscores, at most 63, with a letter or digit first.",
        )
    return text


def target(text: str) -> str:
    """The path in the container.

    Raises:
        InvalidValue: It is none, or one that a container can't do without.
    """
    path = _path(text)
    if path == "/" or any(path == top or path.startswith(f"{top}/") for top in OF_THE_KERNEL):
        raise InvalidValue(
            f"Nothing can be mounted at {path} of a container.", hint="Choose a folder such as /app/data"
        )
    return path


def below(text: str) -> str:
    """A path below a volume, empty for the volume itself.

    Raises:
        InvalidValue: It leads out of it.
    """
    return _path(f"/{text}")[1:] if text else ""


def options(text: str) -> str:
    """Docker's options of a mount, each once.

    Raises:
        InvalidValue: One isn't known or isn't allowed, or two contradict each other.
    """
    given = list(dict.fromkeys(word for word in text.split(",")))
    for word in given:
        if why := REFUSED.get(word):
            raise InvalidValue(f"The option {word} is refused: {why}.")
        if word not in OPTIONS:
            raise InvalidValue(
                f"{word!r} is not an option of a mount.", hint=f"There are: {', '.join(sorted(OPTIONS))}"
            )
    for group in AT_MOST_ONE:
        if len(both := sorted(group & set(given))) > 1:
            raise InvalidValue(f"The options {' and '.join(both)} contradict each other.")
    return ",".join(given)


def mode(text: str) -> str:
    """The permissions of a folder, in octal.

    Raises:
        InvalidValue: They aren't.
    """
    if not re.fullmatch(r"0?[0-3]?[0-7]{3}", text):
        raise InvalidValue(f"{text!r} is not the mode of a folder.", hint="Such as 0755 or 2770")
    return text.removeprefix("0").rjust(4, "0")


def _path(text: str) -> str:
    if not text.startswith("/"):
        raise InvalidValue(f"{text!r} is not an absolute path.", hint="It must begin with /")
    if not PRINTABLE.fullmatch(text):
        raise InvalidValue(f"{text!r} holds a character that the path of a mount can't have.")
    if {".", ".."} & set(text.split("/")):
        raise InvalidValue(f"{text!r} holds . or .., which may lead elsewhere.", hint="Write the whole path.")
    return posixpath.normpath(text.replace("//", "/"))
