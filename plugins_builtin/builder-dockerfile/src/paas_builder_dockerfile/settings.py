"""What can be set about building from a Dockerfile."""

from __future__ import annotations

import re
import shlex

from paas import InvalidValue
from paas.settings import Setting, Settings, relative_path

_ARGUMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(=.*)?", re.DOTALL)
_TARGET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def build_args(value: str) -> str:
    """A check for `NAME=VALUE` words, quoted as in a shell; a NAME alone takes the config variable's value."""
    try:
        words = shlex.split(value)
    except ValueError as error:
        raise InvalidValue(
            f"The build args can't be split into words: {str(error).lower()}.", hint="Close the quote."
        ) from error
    for word in words:
        if not _ARGUMENT.fullmatch(word):
            raise InvalidValue(f"{word!r} is not a build arg.", hint="Write NAME=VALUE, or NAME for a config variable.")
    return value


def target(value: str) -> str:
    """A check for the name of a stage."""
    if not _TARGET.fullmatch(value):
        raise InvalidValue(
            f"{value!r} is not a name for a stage of a Dockerfile.", hint="It is what stands there in FROM … AS NAME."
        )
    return value


SETTINGS = Settings(
    "builder-dockerfile",
    Setting("dockerfile-path", "Dockerfile", relative_path, help="Where the Dockerfile is, below the source's root."),
    Setting("target", check=target, help="The stage to build; otherwise the last."),
    Setting("build-args", check=build_args, help="NAME=VALUE words; a NAME alone takes the config variable's value."),
)
