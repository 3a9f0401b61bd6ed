"""What can be set about proxies."""

from __future__ import annotations

import re

from paas import InvalidValue
from paas.settings import Setting, Settings, boolean, whole_number

NOUN = "proxy"
DEFAULT = "nginx"


def host(value: str) -> str:
    """A check for the name or the address of a server."""
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9a-fA-F:]*:[0-9a-fA-F:.]*", value):
        raise InvalidValue(f"{value!r} is neither a host name nor an address.")
    return value.lower()


SETTINGS = Settings(
    NOUN,
    Setting("type", DEFAULT, help="The proxy, as the name of a plugin."),
    Setting("disabled", "false", boolean, help="Let no proxy send requests to the app."),
    Setting("proxy-port", check=whole_number(1, 65535), help="Port for http of an app with a domain; else 80."),
    Setting("proxy-ssl-port", check=whole_number(1, 65535), help="Port for TLS of an app with a domain; else 443."),
    Setting("server-host", check=host, app=False, help="The server in URLs of apps without a domain."),
)
