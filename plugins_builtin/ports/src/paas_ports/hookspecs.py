"""What other plugins hear of ports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paas import hookspec

if TYPE_CHECKING:
    from paas import App


@hookspec.tell
def post_proxy_ports_update(app: App, action: str) -> None:
    """The ports of an app have changed and the proxy serves them.

    Args:
        action: add, remove, set or clear.
    """
