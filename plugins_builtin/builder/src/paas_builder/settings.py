"""What can be set about building."""

from __future__ import annotations

from paas.settings import Setting, Settings, boolean, relative_path

SETTINGS = Settings(
    "builder",
    Setting("selected", help="The builder, as the name of a plugin; otherwise the first that fits."),
    Setting("build-dir", check=relative_path, help="The folder of the source that is built, for repositories of many."),
    Setting("skip-cleanup", "false", boolean, help="Keep what a build leaves behind."),
)
