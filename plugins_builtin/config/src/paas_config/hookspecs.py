"""What plugins can know of the variables of apps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from paas import hookspec

if TYPE_CHECKING:
    from paas import App


@hookspec.tell
def post_config_update(app: App | None, action: str, keys: Sequence[str]) -> None:
    """Variables were changed, by a command or by a plugin, and the app isn't restarted yet.

    Args:
        app: None for --global.
        action: set, unset or clear.
        keys: The names of what has changed; their values are in `paas_config.api`.
    """
