"""Change variables, and tell whoever wants to know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from paas import App, hooks

from . import hookspecs, store


def put(app: App | None, values: Mapping[str, str], by: str = "") -> list[str]:
    """Set variables of an app, or of all with None; the names of those whose value is another now."""
    return _told(app, "set", store.put(app, values, by))


def take_away(app: App | None, names: Iterable[str]) -> list[str]:
    """Unset variables; the names of those that were set."""
    return _told(app, "unset", store.take_away(app, names))


def clear(app: App | None) -> list[str]:
    """Unset every variable; their names."""
    return _told(app, "clear", store.take_away(app, store.variables(app)))


def replace(app: App | None, values: Mapping[str, str]) -> list[str]:
    """Set these variables and unset every other, in one transaction; the names of what has changed."""
    from paas import state

    with state.CORE.writing():
        gone = store.take_away(app, store.variables(app).keys() - values.keys())
        set = store.put(app, values)
    return _told(app, "unset", gone) + _told(app, "set", set)


def restored(app: App, then: Mapping[str, str], before: Mapping[str, str]) -> None:
    """Tell whoever wants to know that variables are as they were."""
    different = store.different(then, before)
    _told(app, "unset", [name for name in different if name not in then])
    _told(app, "set", [name for name in different if name in then])


def _told(app: App | None, action: str, names: list[str]) -> list[str]:
    if names:
        hooks.tell(hookspecs.post_config_update, app, action, names)
    return names
