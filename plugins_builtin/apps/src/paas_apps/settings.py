"""What can be set for apps."""

from __future__ import annotations

from paas.settings import Setting, Settings, boolean

SETTINGS = Settings(
    "apps",
    Setting("disable-autocreation", "false", boolean, app=False, help="Refuse a push to an app that doesn't exist."),
)
