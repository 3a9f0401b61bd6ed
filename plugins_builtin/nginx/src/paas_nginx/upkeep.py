"""What time alone changes: an nginx that should run and doesn't, sites that have become valid again."""

from __future__ import annotations

from pathlib import Path

from paas import App, PaasError, apps, deployment, lifecycle
from paas.context import current

from . import server, serving, webserver


def tick() -> None:
    """Start nginx if it should run, and bring back the sites that it would take now.

    After a boot with a broken site, nginx doesn't come up by itself where nothing of ours runs before it.
    """
    nginx = current().paths.nginx
    if not Path(nginx.include).is_file() or server.is_stopped():
        return
    if not webserver.running(nginx):
        serving.start()
    for app in quarantined():
        if is_valid_again(app):
            _bring_back(app)


def quarantined() -> list[App]:
    """The apps whose sites nginx doesn't take."""
    found = (apps.by_id(int(path.stem)) for path in server.set_aside())
    return [app for app in found if app]


def is_valid_again(app: App) -> bool:
    """Whether nginx would take a site that was set aside."""
    return not server.test(server.aside(server.file(app)).name)


def _bring_back(app: App) -> None:
    try:
        with lifecycle.deploying(app, "nginx", wait=False) as app:
            deployment.configure_proxy(app)
    except PaasError:  # busy, or not what it was when it was tried: the next tick tries again
        return
