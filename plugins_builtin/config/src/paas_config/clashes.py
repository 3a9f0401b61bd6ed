"""Variables that another plugin gives an app, such as GIT_REV: a release can't have two values of one."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from paas import App, InvalidValue, PaasError, hooks, hookspecs, releases

from . import store

ANY_COMMIT = "0" * 40
"""For an app that runs nothing yet: a plugin may give a variable to releases of a commit alone."""


def refuse(app: App | None, names: Iterable[str]) -> None:
    """Refuse names that are another plugin's, which would let every deploy fail.

    Args:
        app: None for --global, of which plugins know nothing.

    Raises:
        InvalidValue: One is.
    """
    if taken := _given_by_others(app).intersection(names) if app else None:
        raise InvalidValue(
            f"{min(taken)} is given to every release by another plugin.",
            hint="Leave it out. Some can have another name, as GIT_REV by git:set APP rev-env-var NAME",
        )


def _given_by_others(app: App) -> set[str]:
    live = releases.live(app)
    with suppress(PaasError):  # whoever fails is named by the deploy, and keeps no variable from being set
        every = hooks.gather(hookspecs.app_environment, app, (live and live.revision) or ANY_COMMIT)
        return every.keys() - store.environment(app, merged=True).keys()
    return set()
