"""What root does for storage: folders below storage/, opened without following links."""

from __future__ import annotations

from paas.paths import Paths


def make(paths: Paths, path: str, owner: str, mode: str) -> None:
    """Make the folders on the way to a path that are missing, for a UID:GID, with a mode in octal."""
    from . import making

    making.make(paths, path, owner, mode)


def chmod(paths: Paths, path: str, mode: str) -> None:
    """Change the mode of a folder, in octal."""
    from . import making

    making.chmod(paths, path, mode)
