"""What other plugins may do with the certificates of apps."""

from __future__ import annotations

import time

from paas import App

from .kept import Certificate

__all__ = ["Certificate", "install", "installed", "remove"]


def install(app: App, chain_pem: bytes, key_pem: bytes, source: str) -> Certificate:
    """Have an app answer with a certificate from now on, in place of the one that it had.

    It takes the app's deploy lock, so it may not be called while that is held. It is all or nothing: whatever goes
    wrong, or is killed, the certificate of before is served on.

    Args:
        chain_pem: The certificate and those of its issuers, in any order.
        key_pem: Without a passphrase.
        source: The noun of the plugin that brings it, which `installed` then tells.

    Raises:
        PaasError: The pair is of no use, or the proxy refuses it.
    """
    from . import changes, pairs

    return changes.install(app, pairs.checked(chain_pem, key_pem, time.time()), source, f"{source}:install")


def installed(app: App) -> Certificate | None:
    """The certificate of an app, also if it has expired; None if it has none."""
    from . import kept

    return kept.of(app)


def remove(app: App, source: str) -> None:
    """Have an app answer in plain http, and forget its certificate; nothing happens if it has none.

    Args:
        source: The noun of the plugin that wants it.

    Raises:
        PaasError: The proxy refuses it.
    """
    from . import changes

    changes.remove(app, f"{source}:remove")
