"""An app's site, from what is known of the app to what nginx serves."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from paas import App, Endpoint, Image, apps, hooks, privileged
from paas import hookspecs as core
from paas.context import current
from paas.errors import ProgramFailed

from . import hookspecs, server, site
from .settings import SETTINGS
from .site import Site


def configure(app: App, endpoints: Sequence[Endpoint]) -> None:
    """Serve an app from these endpoints."""
    server.put(app.name, site.text(describe(app, endpoints)))


def describe(app: App, endpoints: Sequence[Endpoint]) -> Site:
    return Site(
        app=app.name,
        domains=hooks.gather(core.app_domains, app),
        endpoints=endpoints,
        ports=hooks.gather(core.app_ports, app, _image(app, endpoints)),
        logs=current().paths.nginx.logs,
        settings=settings(app),
        includes=hooks.gather(hookspecs.nginx_site_includes, app),
    )


def _image(app: App, endpoints: Sequence[Endpoint]) -> Image | None:
    """The image that the endpoints run, as far as its port goes: in a deploy it isn't the live one yet."""
    if endpoints:
        return Image(id="", builder="", ports=(f"{endpoints[0].port}/tcp",))
    live = apps.live_release(app)
    return live.image if live else None


def settings(app: App) -> dict[str, str]:
    return {key: SETTINGS.value(app, key) for key in SETTINGS.all}


def clear(app: App) -> None:
    """Serve an app no more."""
    server.put(app.name, None)


def renamed(app: App, old_name: str) -> None:
    """Serve nothing under an app's old name."""
    server.put(old_name, None)


def forget_logs(app: App) -> None:
    names = [site.log_name(app.name, kind, settings(app)) for kind in ("access", "error")]
    with suppress(ProgramFailed):
        privileged.run("nginx-log-remove", *[name for name in names if name != "off"])


def prepare() -> None:
    """Have nginx read our files, and refuse host names that lead nowhere."""
    server.put_default(site.default(current().paths.nginx.http_port))
    privileged.run("nginx-include")
    server.reload()
