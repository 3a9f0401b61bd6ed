"""What can be set about the networks of an app, and what a network may be called."""

from __future__ import annotations

import ipaddress
import re

from paas import App, Endpoint, InvalidValue
from paas.settings import Setting, Settings, boolean

DOCKERS = ("bridge", "host", "none", "default")
"""What Docker has by itself; containers in them have no names for each other."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_LONGEST_TLD = 127


def name(value: str) -> str:
    """A check for what a network may be called.

    Raises:
        InvalidValue: It may not.
    """
    if not _NAME.fullmatch(value) or value in DOCKERS:
        raise InvalidValue(
            f"{value[:80]!r} is not a name for a network of apps.",
            hint="Use letters, digits, dots, hyphens and underscores, at most 63, and no name of Docker's own.",
        )
    return value


def names(value: str) -> str:
    """A check for names of networks with spaces between them."""
    return " ".join(dict.fromkeys(name(word) for word in value.split()))


def listener(value: str) -> str:
    """A check for an address and a port, as `192.0.2.7:8080`."""
    address, _, port = value.rpartition(":")
    try:
        kept = ipaddress.IPv4Address(address)
    except ValueError as error:
        raise InvalidValue(f"{value!r} is not an IPv4 address and a port.", hint="Such as 192.0.2.7:8080") from error
    if not re.fullmatch(r"[1-9][0-9]{0,4}", port) or int(port) > 65535:
        raise InvalidValue(f"{port!r} is not a port.", hint="Such as 192.0.2.7:8080")
    return f"{kept}:{port}"


def tld(value: str) -> str:
    """A check for what stands after the name of a process type, as `svc.cluster.local`."""
    if len(value) > _LONGEST_TLD or not all(_LABEL.fullmatch(label) for label in value.split(".")):
        raise InvalidValue(
            f"{value[:80]!r} is not the end of a host name.", hint="Such as internal or svc.cluster.local"
        )
    return value


SETTINGS = Settings(
    "network",
    Setting("attach-post-create", check=names, help="Networks that containers join before they start."),
    Setting("attach-post-deploy", check=names, help="Networks that processes join once they work."),
    Setting("bind-all-interfaces", "false", boolean, help="Whether each port of web has one of the server too."),
    Setting("initial-network", check=name, help="The network that containers join first."),
    Setting("static-web-listener", check=listener, everywhere=False, help="ADDRESS:PORT for requests; root sets it."),
    Setting("tld", check=tld, help="What stands after APP.TYPE in the names of processes."),
)
JOINED = ("initial-network", "attach-post-create", "attach-post-deploy")
"""The settings that name networks."""


def before_start(app: App) -> list[str]:
    """The networks that a container joins before it starts."""
    return list(dict.fromkeys([*_words(app, "initial-network"), *_words(app, "attach-post-create")]))


def once_it_works(app: App) -> list[str]:
    """The networks that a process joins once it has passed its checks."""
    return _words(app, "attach-post-deploy")


def endpoint(value: str) -> Endpoint:
    """A listener that was checked, as where requests go."""
    address, _, port = listener(value).rpartition(":")
    return Endpoint(address, int(port))


def _words(app: App, key: str) -> list[str]:
    return SETTINGS.value(app, key).split()
