"""What plugins hear of registries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paas import hookspec

if TYPE_CHECKING:
    from paas import App


@hookspec.tell
def post_registry_login(app: App | None, server: str, username: str) -> None:
    """Somebody has logged in to a registry, for an app or, with None, for all."""
