"""What plugins can add to an app's site."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from paas import hookspec

if TYPE_CHECKING:
    from paas import App


@hookspec.gather
def nginx_site_includes(app: App) -> Mapping[str, str]:
    """Text for every server block of an app's site, each piece by a name of its own.

    Called whenever a site is written. The plugin vouches for the text: nothing of it may come from a user
    unchecked. If nginx refuses it, the change that it came with is refused.
    """
    return {}


@hookspec.check
def nginx_pre_reload(app: App) -> None:
    """The site of an app has changed, and nginx is about to read it; an exception puts the old one back."""
