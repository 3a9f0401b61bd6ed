"""The host names that lead to an app."""

from __future__ import annotations

from collections.abc import Sequence

from paas import App, hookimpl


@hookimpl
def app_domains(app: App) -> Sequence[str]:
    from . import claims

    return claims.domains(app)


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from dataclasses import replace

    from . import kept

    # Its own domains lead to the original; the copy has the names that any app has by itself.
    kept.keep(copy, replace(kept.Domains(), enabled=kept.of(app).enabled))
