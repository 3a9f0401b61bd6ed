"""What plugins can tell a proxy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from paas import hookspec

if TYPE_CHECKING:
    from paas import App, Endpoint

    from .api import Certificate


@hookspec.answer
def certificate_for(app: App, domain: str) -> Certificate | None:
    """The certificate for a domain of an app.

    Called for each domain whenever an app's ports, URLs or site are asked for. Without an answer the
    domain is served in plain http.
    """


@hookspec.gather
def network_get_static_listeners(app: App) -> Sequence[Endpoint]:
    """Where an app's requests go instead of to its processes, whatever the ports of its image are.

    Called whenever an app's site is written or looked at. None, as a rule, means to its processes.
    """
    return ()
