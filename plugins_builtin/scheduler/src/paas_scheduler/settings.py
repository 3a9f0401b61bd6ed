"""What can be set about scheduling."""

from __future__ import annotations

import re

from paas import InvalidValue
from paas.settings import Setting, Settings


def shell(value: str) -> str:
    """A check for the path of a program in a container."""
    if not re.fullmatch(r"/[A-Za-z0-9/._-]+", value):
        raise InvalidValue(f"{value!r} is not the path of a shell.", hint="Such as /bin/bash")
    return value


def plugin(value: str) -> str:
    """A check for the name of a plugin, which may be installed later."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", value):
        raise InvalidValue(f"{value!r} is not the name of a plugin.", hint="Such as scheduler-docker")
    return value


SETTINGS = Settings(
    "scheduler",
    Setting(
        "selected", check=plugin, help="The scheduler, as the name of a plugin; needed when several are installed."
    ),
    Setting("shell", "/bin/bash", shell, help="The shell that run and enter start."),
)
