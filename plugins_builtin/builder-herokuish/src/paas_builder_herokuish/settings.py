"""What can be set about building with buildpacks."""

from __future__ import annotations

import re

from paas import InvalidValue
from paas.settings import Setting, Settings, boolean

_IMAGE = re.compile(r"[a-z0-9][A-Za-z0-9._:/@-]*")


def image_name(value: str) -> str:
    """A check for the name of an image."""
    if not _IMAGE.fullmatch(value) or ".." in value or "//" in value:
        raise InvalidValue(f"{value!r} is not the name of an image.")
    return value


SETTINGS = Settings(
    "builder-herokuish",
    Setting("image", check=image_name, help="The image in which buildpacks run; otherwise the stack of this server."),
    Setting("allowed", "true", boolean, help="Whether apps without a Dockerfile are built with buildpacks."),
)
