"""Remove what no release needs any more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from paas import App, hookimpl

if TYPE_CHECKING:
    from paas.upkeep import Leftover


@hookimpl
def leftovers(app: App | None) -> Sequence[Leftover]:
    from . import folders

    return [] if app else folders.leftovers()
