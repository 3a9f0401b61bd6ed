"""Folders of the server that other plugins may write to: those below storage/, and what root has allowed.

from paas_storage import api as storage

storage.allowed("/mnt/backups")
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from . import places, specs


def allowed(path: str) -> Path:
    """A folder that a person has named, if they may; it need not be there.

    Raises:
        PaasError: Why they may not, or a link leads to it.
    """
    found = places.translated(specs.source(path))
    places.require_allowed(found, "used")
    with suppress(PermissionError):  # a folder on the way that only its app may look into
        places.exists(found)
    return Path(found)
