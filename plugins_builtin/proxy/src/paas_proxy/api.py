"""What every proxy needs to know of an app."""

from __future__ import annotations

from dataclasses import dataclass

from paas import App, hooks
from paas.context import current


@dataclass(frozen=True)
class Certificate:
    """Files in PEM, as absolute paths: a certificate with its chain, and its key."""

    certificate: str
    key: str


def certificate(app: App, domain: str) -> Certificate | None:
    """The certificate with which an app answers for one of its domains; None if it has none."""
    from . import hookspecs

    return hooks.ask(hookspecs.certificate_for, app, domain)


def http_port(app: App) -> int:
    """The port of the server on which an app with a domain answers http, unless its ports are set."""
    return _port(app, "proxy-port") or current().paths.nginx.http_port


def https_port(app: App) -> int:
    """The same for TLS."""
    return _port(app, "proxy-ssl-port") or current().paths.nginx.https_port


def _port(app: App, key: str) -> int:
    from .settings import SETTINGS

    return int(SETTINGS.value(app, key) or 0)
