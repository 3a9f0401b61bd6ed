"""Have an app answer with another certificate, or with none."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping

from paas import App, InvalidValue, hooks, lifecycle, output
from paas import hookspecs as core

from . import hookspecs, kept, pairs
from .kept import CERTIFICATE, EVERY_HOST, KEY, NOUN, Certificate
from .pairs import Pair


def bring(app: App, chain: bytes, key: bytes, reason: str) -> Certificate:
    """Put what somebody brings in place of the certificate that an app has.

    Args:
        chain: The certificate and those of its issuers, in PEM, in any order.
        key: In PEM.
        reason: The command, for whoever has to wait.

    Raises:
        PaasError: It is of no use, or a domain would lose https; the one of before is served on.
    """
    pair = pairs.checked(chain, key, time.time())
    _require_no_loss(app, pair)
    return install(app, pair, NOUN, reason)


def install(app: App, pair: Pair, source: str, reason: str, beside: Mapping[str, bytes] | None = None) -> Certificate:
    """Put a pair in place of the one that an app has.

    Args:
        source: The noun of the plugin that brings it.
        reason: The command, for whoever has to wait.
        beside: Files that are kept with it.

    Raises:
        PaasError: The proxy refuses it; the one of before is served on.
    """
    name = hashlib.sha256(pair.chain + pair.key).hexdigest()[:32]

    def certificate() -> Certificate:
        folder = kept.store(app, name, {KEY: pair.key, CERTIFICATE: pair.chain, **(beside or {})})
        return Certificate(folder=folder, source=source, **pair.facts())

    def change() -> None:  # under the app's lock, so that no other change takes the files for leftovers
        kept.prune(app)
        kept.keep(app, certificate())

    lifecycle.reroute(app, NOUN, reason, change)
    _prune(app, reason)
    hooks.tell(hookspecs.post_certs_update, app)
    for note in pair.notes:
        output.warn(note)
    say_what_is_uncovered(app)
    found = kept.of(app)
    assert found
    return found


def remove(app: App, reason: str) -> None:
    """Forget an app's certificate.

    Raises:
        PaasError: The proxy refuses it.
    """
    if not kept.of(app):
        return
    lifecycle.reroute(app, NOUN, reason, lambda: kept.keep(app, None))
    _prune(app, reason)
    hooks.tell(hookspecs.post_certs_remove, app)


def uncovered(app: App) -> list[str]:
    """Which domains an app's certificate is not for, as a sentence; none if it is for all."""
    found = kept.of(app)
    without = [name for name in hooks.gather(core.app_domains, app) if name != EVERY_HOST]
    without = [name for name in without if found and not found.covers(name)]
    return [f"The certificate doesn't cover {', '.join(without)}: served in plain http."] if without else []


def say_what_is_uncovered(app: App) -> None:
    for sentence in uncovered(app):
        output.warn(sentence)


def _require_no_loss(app: App, pair: Pair) -> None:
    """Browsers that know a domain by HSTS would be shut out of it: nobody does that by the wrong file."""
    found = kept.of(app)
    if not found or found.not_after <= time.time():
        return
    domains = [name for name in hooks.gather(core.app_domains, app) if name != EVERY_HOST]
    if lost := [name for name in domains if found.covers(name) and not kept.covers(pair.names, name)]:
        raise InvalidValue(
            f"The certificate isn't for {', '.join(lost)}, served in https today.",
            hint=f"Bring one that is; or first domains:remove {app.name} DOMAIN, or certs:remove {app.name}",
        )


def _prune(app: App, reason: str) -> None:
    """Remove what was served before; a killed one is made up for by the next change."""
    with lifecycle.deploying(app, reason) as app:
        kept.prune(app)
