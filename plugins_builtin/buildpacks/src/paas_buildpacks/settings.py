"""What can be set about buildpacks."""

from __future__ import annotations

from paas.settings import Setting, Settings
from paas_builder_herokuish.api import image_name

SETTINGS = Settings(
    "buildpacks",
    Setting("stack", check=image_name, help="The image in which buildpacks run; otherwise the stack of this server."),
)
