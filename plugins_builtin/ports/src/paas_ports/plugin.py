"""Which ports of the server lead to which ports of an app."""

from __future__ import annotations

from collections.abc import Sequence

from paas import App, Image, PortMapping, hookimpl


@hookimpl
def app_ports(app: App, image: Image | None) -> Sequence[PortMapping]:
    from . import ports

    return ports.of(app, image)


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from . import ports

    ports.copy(app, copy)
