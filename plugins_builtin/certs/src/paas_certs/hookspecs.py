"""What other plugins hear of certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paas import hookspec

if TYPE_CHECKING:
    from paas import App


@hookspec.tell
def post_certs_update(app: App) -> None:
    """An app has another certificate, whoever brought it, and its proxy serves it."""


@hookspec.tell
def post_certs_remove(app: App) -> None:
    """An app has no certificate any more, and its proxy serves plain http."""
