"""What every proxy needs to know of an app."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from paas import App, Endpoint, InvalidValue, files, hooks
from paas.context import current

FORGOTTEN_SECONDS = 86400
"""No authority asks again so long after a challenge was answered."""


@dataclass(frozen=True)
class Certificate:
    """Files in PEM, as absolute paths: a certificate with its chain, and its key."""

    certificate: str
    key: str


def certificate(app: App, domain: str) -> Certificate | None:
    """The certificate with which an app answers for one of its domains; None if it has none."""
    from . import hookspecs

    return hooks.ask(hookspecs.certificate_for, app, domain)


def challenges() -> Path:
    """The folder whose files a proxy serves as `/.well-known/acme-challenge/`, in plain http, for every host name."""
    return current().paths.plugin("proxy") / "challenges"


def answer_challenge(token: str, answer: str) -> None:
    """Have every host name answer a certificate authority (RFC 8555, section 8.3), at once.

    Raises:
        InvalidValue: The token is of another shape than the RFC's.
    """
    place = _challenge(token)
    for folder in (place.parent.parent.parent, place.parent.parent, place.parent):
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o755)  # whatever the umask: the workers of a proxy have an account of their own
    files.replace(place, answer)
    for other in place.parent.iterdir():  # of somebody who was killed before they could forget it
        with suppress(FileNotFoundError):
            if other.stat().st_mtime < time.time() - FORGOTTEN_SECONDS:
                other.unlink()


def forget_challenge(token: str) -> None:
    _challenge(token).unlink(missing_ok=True)


def _challenge(token: str) -> Path:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,512}", token):
        raise InvalidValue(f"{token[:60]!r} is not the token of a challenge.")
    return challenges() / token


def static_listeners(app: App) -> Sequence[Endpoint]:
    """Where an app's requests go instead of to its processes, if somebody has said so."""
    from . import hookspecs

    return hooks.gather(hookspecs.network_get_static_listeners, app)


def is_disabled(app: App) -> bool:
    """Whether no proxy sends requests to an app."""
    from . import holder

    return holder.is_disabled(app)


def http_port(app: App) -> int:
    """The port of the server on which an app with a domain answers http, unless its ports are set."""
    return _port(app, "proxy-port") or current().paths.nginx.http_port


def https_port(app: App) -> int:
    """The same for TLS."""
    return _port(app, "proxy-ssl-port") or current().paths.nginx.https_port


def _port(app: App, key: str) -> int:
    from .settings import SETTINGS

    return int(SETTINGS.value(app, key) or 0)
