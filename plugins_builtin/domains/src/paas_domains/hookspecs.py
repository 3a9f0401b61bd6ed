"""What other plugins hear of domains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from paas import hookspec

if TYPE_CHECKING:
    from paas import App


@hookspec.tell
def post_domains_update(app: App, action: str, domains: Sequence[str]) -> None:
    """The domains of an app have changed and the proxy serves them.

    Args:
        action: add, remove, set, clear, reset, enable or disable.
        domains: Those that the command named.
    """
