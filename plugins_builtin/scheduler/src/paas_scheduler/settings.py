"""What can be set about scheduling."""

from __future__ import annotations

import re
from collections.abc import Mapping

from paas import App, InvalidValue, hooks
from paas.settings import Setting, Settings


def shell(value: str) -> str:
    """A check for the path of a program in a container."""
    if not re.fullmatch(r"/[A-Za-z0-9/._-]+", value):
        raise InvalidValue(f"{value!r} is not the path of a shell.", hint="Such as /bin/bash")
    return value


DOKKUS: Mapping[str, str] = {"docker-local": "scheduler-docker"}
"""What Dokku calls a scheduler that has another name here."""


def installed(value: str) -> str:
    """A check for the name of a scheduler's plugin; `docker` will do for `scheduler-docker`."""
    holders = hooks.plugins().holders("scheduler")
    for name in (DOKKUS.get(value, value), f"scheduler-{value}"):
        if name in holders:
            return name
    raise InvalidValue(
        f"No plugin is installed that is the scheduler {value[:60]!r}.",
        hint=f"Installed: {', '.join(holders) or 'none'}.",
    )


def report(app: App) -> dict[str, str]:
    """The settings, with the only scheduler that there is where none was chosen."""
    fields, holders = SETTINGS.report(app), hooks.plugins().holders("scheduler")
    only = holders[0] if len(holders) == 1 else ""
    return fields | {"computed-selected": fields["computed-selected"] or only}


SETTINGS = Settings(
    "scheduler",
    Setting(
        "selected", check=installed, help="The scheduler, as the name of a plugin; needed when several are installed."
    ),
    Setting("shell", "/bin/bash", shell, help="The shell that run and enter start."),
)
