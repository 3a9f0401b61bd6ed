"""The host names that lead to an app."""

from __future__ import annotations

from collections.abc import Sequence

from paas import App, hookimpl


@hookimpl
def app_domains(app: App) -> Sequence[str]:
    from . import domains

    return domains.of(app)
