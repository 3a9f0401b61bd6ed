"""List and change the plugins of this server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from paas import hookimpl

if TYPE_CHECKING:
    from paas.upkeep import Finding


@hookimpl
def diagnose() -> Sequence[Finding]:
    from . import diagnosis

    return list(diagnosis.diagnose())
