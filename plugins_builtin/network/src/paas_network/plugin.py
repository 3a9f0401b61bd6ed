"""Networks in which apps find each other by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from paas import App, Endpoint, Process, Slot, hookimpl

if TYPE_CHECKING:
    from paas.upkeep import Finding
    from paas_docker.api import Container

after = ("docker-options",)
ahead_of_start = ("paas_network.attaching",)


@hookimpl
def container_options(container: Container, slot: Slot, app: App) -> Container:
    from . import listeners

    return listeners.bound(container, slot, app)


@hookimpl
def post_container_create(app: App, container_id: str, phase: str, process_type: str) -> None:
    from . import attaching

    attaching.created(app, container_id, phase, process_type)


@hookimpl
def check_deploy(app: App, process: Process) -> None:
    from . import attaching

    attaching.works(app, process)


@hookimpl(optionalhook=True)
def network_get_static_listeners(app: App) -> Sequence[Endpoint]:
    from . import listeners

    return listeners.static(app)


@hookimpl
def diagnose() -> Sequence[Finding]:
    from . import diagnosis

    return list(diagnosis.diagnose())


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from .settings import SETTINGS

    SETTINGS.copy(app, copy)
