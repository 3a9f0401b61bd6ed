"""What plugins can change about the containers of this scheduler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paas import hookspec

if TYPE_CHECKING:
    from paas import App, Release, Slot
    from paas_docker.api import Container


@hookspec.filter
def container_options(container: Container, app: App, slot: Slot, release: Release) -> Container:
    """Change a container before it is created: its limits, options, restart policy …

    Called for each process that starts, with the container as the plugins before left it.

    Args:
        slot: Which process it is, such as `web.1`.
        release: What it will run.
    """
    return container
