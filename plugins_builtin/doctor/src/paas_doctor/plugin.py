"""Check the whole installation, and repair what is safe to repair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from paas import disk, hookimpl

if TYPE_CHECKING:
    from paas.upkeep import Finding


@hookimpl
def require_room(is_deploy: bool) -> None:
    from . import room

    room.require(room.places() if is_deploy else disk.own_places())


@hookimpl
def diagnose() -> Sequence[Finding]:
    from . import disks, helper, store, work

    return [*disks.diagnose(), *store.diagnose(), *helper.diagnose(), *work.diagnose()]
