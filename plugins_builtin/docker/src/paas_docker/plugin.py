"""Leave no image of an app behind, and say where they lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from paas import App, hookimpl

if TYPE_CHECKING:
    from paas.upkeep import Finding, Leftover

after = ("scheduler-docker",)  # its containers keep their images in use

ahead_of_build = ("paas_docker.engine", "paas_docker.build")


@hookimpl
def diagnose() -> Sequence[Finding]:
    from . import diagnosis

    return list(diagnosis.diagnose())


@hookimpl
def disk_places() -> Mapping[str, Path]:
    from . import place

    return {"images": place.root()}


@hookimpl(optionalhook=True)
def host_facts() -> Mapping[str, str]:
    from . import diagnosis

    return diagnosis.facts()


@hookimpl
def leftovers(app: App | None) -> Sequence[Leftover]:
    from . import unused

    return unused.leftovers(app)


@hookimpl
def post_delete(app: App) -> None:
    from . import images

    images.remove_all(app)


@hookimpl
def tick() -> None:
    from . import images

    images.sweep()
