"""What an app's processes may take and are promised, as it is kept: per process type, and for all of them."""

from __future__ import annotations

from collections.abc import Mapping

from paas import App, state

NOUN = "resource"
DEFAULT = "_default_"
"""Where process types find what nothing of their own says."""

Values = Mapping[str, str]
"""Resource to value, as `memory` to `512`."""


def of(app: App, kind: str) -> dict[str, dict[str, str]]:
    """What was set, by process type.

    Args:
        kind: `limit` or `reserve`.
    """
    found: dict[str, dict[str, str]] = state.property(NOUN, app.owner, kind, {})
    return found


def value(app: App, kind: str, type: str, resource: str) -> str:
    """What holds for a process type: its own, else what holds for all; empty if nothing does."""
    kept = of(app, kind)
    return kept.get(type, {}).get(resource) or kept.get(DEFAULT, {}).get(resource, "")


def change(app: App, kind: str, type: str, values: Values) -> None:
    """Set some resources of a process type; an empty value forgets one."""
    with state.CORE.writing():
        kept = of(app, kind)
        own = {name: given for name, given in {**kept.get(type, {}), **values}.items() if given}
        _keep(app, kind, {**kept, type: own})


def clear(app: App, kind: str, type: str) -> None:
    """Forget all that was set for a process type."""
    with state.CORE.writing():
        _keep(app, kind, {**of(app, kind), type: {}})


def copy(app: App, copy: App) -> None:
    """Give one app what another has."""
    state.change(NOUN, copy.owner, state.properties(NOUN, app.owner))


def _keep(app: App, kind: str, kept: Mapping[str, Values]) -> None:
    state.change(NOUN, app.owner, {kind: {type: values for type, values in kept.items() if values} or None})
