"""The certificates with which apps answer for their domains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from paas import App, hookimpl

if TYPE_CHECKING:
    from paas.upkeep import Finding
    from paas_proxy.api import Certificate

ahead_of_start = ("paas_certs.kept",)


@hookimpl
def certificate_for(app: App, domain: str) -> Certificate | None:
    from . import kept

    return kept.for_domain(app, domain)


@hookimpl
def diagnose() -> Sequence[Finding]:
    from . import diagnosis

    return list(diagnosis.diagnose())


@hookimpl(optionalhook=True)
def post_domains_update(app: App) -> None:
    from . import changes

    changes.say_what_is_uncovered(app)


@hookimpl
def post_delete(app: App) -> None:
    from . import kept

    kept.clear(app)
