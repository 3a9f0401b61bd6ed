"""The host names that lead to an app."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from paas import App, hookimpl

ahead_of_start = ("paas_domains.claims",)


@hookimpl
def app_domains(app: App) -> Sequence[str]:
    from . import claims

    return claims.domains(app)


@hookimpl
def release_parts(app: App) -> Mapping[str, Any]:
    from . import kept

    return {"domains": kept.values(kept.of(app))}


@hookimpl
def restore_parts(app: App, parts: Mapping[str, Any]) -> None:
    from . import changes, kept

    if "domains" in parts:
        changes.restore(app, kept.parse(parts["domains"]))


@hookimpl
def post_restore_parts(app: App, parts: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    from . import changes

    if "domains" in parts and parts["domains"] != before.get("domains"):
        changes.restored(app)


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from dataclasses import replace

    from . import kept

    # Its own domains lead to the original; the copy has the names that any app has by itself.
    kept.keep(copy, replace(kept.Domains(), enabled=kept.of(app).enabled))
