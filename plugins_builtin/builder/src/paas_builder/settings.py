"""What can be set about building."""

from __future__ import annotations

import re

from paas import InvalidValue
from paas.settings import Setting, Settings, boolean, relative_path


def plugin_name(value: str) -> str:
    """A check for the name of a plugin, which may still have to be installed."""
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,62}", value):
        raise InvalidValue(
            f"{value!r} is not the name of a builder.", hint="It is a plugin's, such as builder-dockerfile."
        )
    return value


SETTINGS = Settings(
    "builder",
    Setting("build-dir", check=relative_path, help="The folder of the source that is built, for repositories of many."),
    Setting("selected", check=plugin_name, help="The builder, as the name of a plugin; otherwise the one that fits."),
    Setting("skip-cleanup", "false", boolean, help="Keep all images."),
    Setting("detected", check=plugin_name, everywhere=False, help="The builder of the last build; kept by each build."),
)
