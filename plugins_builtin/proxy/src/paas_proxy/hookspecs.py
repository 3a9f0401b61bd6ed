"""What plugins can tell a proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paas import hookspec

if TYPE_CHECKING:
    from paas import App

    from .api import Certificate


@hookspec.answer
def certificate_for(app: App, domain: str) -> Certificate | None:
    """The certificate for a domain of an app.

    Called for each domain whenever an app's ports, URLs or site are asked for. Without an answer the
    domain is served in plain http.
    """
