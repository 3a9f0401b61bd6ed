"""What plugins can do about domains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from paas import hookspec

if TYPE_CHECKING:
    from paas import App


@hookspec.filter
def nginx_hostname(hostname: str, app: App, vhost: str) -> str:
    """Change the domain that an app has by itself.

    Called for each app and global domain, whenever an app's domains are asked for.

    Args:
        hostname: APP.VHOST, unless another plugin has changed it.
        vhost: The global domain.
    """
    return hostname


@hookspec.tell
def post_domains_update(app: App, action: str, domains: Sequence[str]) -> None:
    """An app's domains were changed by a command, and its proxy follows.

    Args:
        action: The command: add, remove, set, clear, reset, enable or disable.
        domains: What was added, removed or set; empty otherwise.
    """
