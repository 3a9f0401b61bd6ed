"""A lock that a person puts on an app, until they take it away; it refuses every new source."""

from __future__ import annotations

import time

from paas import App, PaasError, state
from paas.context import current


def put(app: App) -> None:
    """Lock an app.

    Raises:
        PaasError: It is locked already.
    """
    if held := note(app):
        raise PaasError(
            f"{app.name} is already locked ({held}).", hint=f"apps:unlock {app.name} lets deploys in again."
        )
    state.change("apps", app.owner, {"lock": {"by": current().caller.name, "at": time.time()}})


def take_away(app: App) -> None:
    """Unlock an app.

    Raises:
        PaasError: It isn't locked.
    """
    if not note(app):
        raise PaasError(f"{app.name} is not locked.")
    state.change("apps", app.owner, {"lock": None})


def note(app: App) -> str:
    """Who locked an app and when; empty if nobody did."""
    lock = state.property("apps", app.owner, "lock")
    return f"by {lock['by']} since {time.strftime('%F %T', time.localtime(lock['at']))}" if lock else ""
