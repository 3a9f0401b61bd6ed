"""What can be set about proxies."""

from __future__ import annotations

from paas.settings import Setting, Settings, boolean

SETTINGS = Settings(
    "proxy",
    Setting("type", help="The proxy, as the name of a plugin; needed when several are installed."),
    Setting("disabled", "false", boolean, help="Send the app no requests."),
)
