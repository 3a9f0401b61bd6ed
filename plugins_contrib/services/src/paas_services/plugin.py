"""Keep the links of apps to services as apps come and start, and back services up when it is time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from paas import App, hookimpl

if TYPE_CHECKING:
    from paas.upkeep import Finding, Leftover


@hookimpl
def post_app_clone_setup(app: App, copy: App) -> None:
    from . import kept

    kept.duplicate(app, copy)


@hookimpl
def pre_start(app: App) -> None:
    from . import linking

    linking.wake(app)


@hookimpl
def diagnose() -> Sequence[Finding]:
    from . import diagnosis

    return list(diagnosis.diagnose())


@hookimpl
def tick(now: float) -> None:
    from . import lifecycle, schedules

    lifecycle.restore()
    schedules.begin(now)


@hookimpl
def leftovers(app: App | None) -> Sequence[Leftover]:
    from . import leftovers

    return [] if app else list(leftovers.leftovers())
