"""What can be set about processes."""

from __future__ import annotations

import re

from paas import InvalidValue
from paas.settings import Setting, Settings, boolean, relative_path, whole_number


def restart_policy(value: str) -> str:
    """A check for Docker's restart policies."""
    if not re.fullmatch(r"no|always|unless-stopped|on-failure(:[1-9][0-9]{0,4})?", value):
        raise InvalidValue(
            f"{value!r} is not a restart policy.", hint="Use no, always, unless-stopped, on-failure or on-failure:N."
        )
    return value


def command(value: str) -> str:
    """A check for a command on one line."""
    if not value.strip() or any(character in value for character in "\0\r\n"):
        raise InvalidValue(f"{value!r} is not a command on one line.", hint="Such as: python3 app.py")
    return value


SETTINGS = Settings(
    "ps",
    Setting(
        "dockerfile-start-cmd",
        check=command,
        everywhere=False,
        help="The command of web instead of the Procfile's, where the image doesn't start its processes by type.",
    ),
    Setting("procfile-path", "Procfile", relative_path, help="Where the Procfile is, below the source's root."),
    Setting("restart-policy", "on-failure:10", restart_policy, help="When Docker starts an ended process again."),
    Setting("restore", "true", boolean, everywhere=False, help="Start with the server, unless stopped by ps:stop."),
    Setting("skip-deploy", "false", boolean, help="Only build and release a push; ps:restart starts it."),
    Setting("start-cmd", check=command, everywhere=False, help="The command of web, whatever the image is."),
    Setting("stop-timeout-seconds", "30", whole_number(0, 3600), help="Seconds between SIGTERM and SIGKILL."),
)
