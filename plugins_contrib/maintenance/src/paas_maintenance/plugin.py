"""Show a maintenance page instead of an app."""

from __future__ import annotations

from collections.abc import Mapping

from paas import App, hookimpl


@hookimpl
def nginx_site_includes(app: App) -> Mapping[str, str]:
    from . import page

    return {"maintenance": page.snippet()} if page.is_shown(app) else {}
