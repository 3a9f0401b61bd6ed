"""Do the certificates of apps still hold, and are their keys kept to this account?"""

from __future__ import annotations

import time
from collections.abc import Iterator
from stat import S_IMODE

from paas import App, InvalidValue, apps
from paas.upkeep import Finding, Severity

from . import kept, pairs
from .changes import uncovered
from .kept import Certificate

SOON_DAYS = 14
"""When somebody should know of a certificate that ends, unless it has a short life: then in its last fifth."""


def diagnose() -> Iterator[Finding]:
    now = time.time()
    for app in apps.all():
        if found := kept.of(app):
            yield from _of_app(app, found, now)


def _of_app(app: App, found: Certificate, now: float) -> Iterator[Finding]:
    anew = f"Bring another one: certs:update {app.name}"
    if found.source != kept.NOUN:
        anew = f"It came from {found.source}, which should bring the next one. Or: certs:update {app.name}"
    try:
        if S_IMODE(found.key.stat().st_mode) & 0o077:
            yield Finding(
                app.name,
                f"Others may read the key of its certificate, {found.key}.",
                "It is set to 0600; if somebody may have read it, have a new one made.",
                repair=lambda: found.key.chmod(0o600),
            )
        pairs.checked(found.certificate.read_bytes(), found.key.read_bytes(), now)
    except OSError as error:
        yield Finding(app.name, f"{error.filename} of its certificate can't be read: {error.strerror}.", anew)
        return
    except InvalidValue as error:
        yield Finding(app.name, error.message, anew)
        return
    if found.not_after - now < min(SOON_DAYS * 86400, (found.not_after - found.not_before) / 5):
        yield Finding(app.name, f"Its certificate expires on {pairs.day(found.not_after)}.", anew, Severity.warning)
    for sentence in uncovered(app):
        yield Finding(app.name, sentence, anew, Severity.warning)
