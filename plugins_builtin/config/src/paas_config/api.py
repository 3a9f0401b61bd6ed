"""The variables of apps, as other plugins use them.

    from paas_config import api as config

    config.set(app, {"DATABASE_URL": url}, by="postgres")
    config.restart(app, "postgres:link")

An app of None means --global. Whoever sets or unsets variables restarts the app itself, or doesn't.
"""

from __future__ import annotations

from paas import App

from .change import put as set
from .change import take_away as unset
from .restart import NotRestarted, restart
from .store import Variable, environment, variables

__all__ = ["NotRestarted", "Variable", "environment", "get", "restart", "set", "unset", "variables"]


def get(app: App | None, name: str) -> str | None:
    """The value that a variable has for an app itself, None if it isn't set there."""
    return environment(app).get(name)
