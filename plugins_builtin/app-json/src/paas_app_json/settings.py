"""What can be set about app.json."""

from __future__ import annotations

from paas.settings import Setting, Settings, relative_path

SETTINGS = Settings(
    "app-json",
    Setting("appjson-path", "app.json", relative_path, help="Where app.json is, below the folder that is built."),
)
