"""What can be set about storage."""

from __future__ import annotations

from paas import InvalidValue, authorization
from paas.settings import Setting, Settings

from . import specs


def roots(value: str) -> str:
    """A check for folders with a colon between them, as in PATH.

    Raises:
        InvalidValue: One of them isn't an absolute path, or is the whole server.
    """
    found = [specs.source(part) if part.startswith("/") else _no_path(part) for part in value.split(":")]
    if "/" in found:
        raise InvalidValue("/ is the whole server: name the folders that apps may mount.")
    return ":".join(dict.fromkeys(found))


def _no_path(part: str) -> str:
    raise InvalidValue(f"{part!r} is not an absolute path.", hint="Such as /srv/media:/mnt/archive")


SETTINGS = Settings(
    "storage",
    Setting(
        "allowed-roots", check=roots, app=False, help="Where else apps may mount folders from; only root sets this."
    ),
)


def require_root() -> None:
    """Refuse to let apps see more of the server, unless root wants it.

    Raises:
        PaasError: Somebody else wants it.
    """
    authorization.require_root(
        "What apps may see of the server is for root on the server to say.",
        "On the server: sudo paas storage:set --global allowed-roots …",
    )
