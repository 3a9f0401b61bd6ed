"""Which ports of the server lead to which ports of an app."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from paas import App, Image, PortMapping, hookimpl

if TYPE_CHECKING:
    from paas.upkeep import Finding

ahead_of_start = ("paas_ports.ports",)


@hookimpl
def diagnose() -> Sequence[Finding]:
    from . import diagnosis

    return list(diagnosis.diagnose())


@hookimpl
def app_ports(app: App, image: Image | None) -> Sequence[PortMapping]:
    from . import ports

    return ports.of(app, image)


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from . import ports

    ports.copy(app, copy)
