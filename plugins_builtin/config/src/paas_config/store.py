"""Where variables are kept: as properties, each with who set it. An owner is an app, or None for --global."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from paas import App, state

from .variables import check_total, checked

NOUN = "config"


@dataclass(frozen=True)
class Variable:
    """A variable's value and who set it.

    Attributes:
        by: The plugin that did, such as `postgres`; empty when a person did.
    """

    value: str
    by: str = ""


def variables(app: App | None) -> dict[str, Variable]:
    """An owner's own variables, by name."""
    kept = state.properties(NOUN, _owner(app))
    return {name: Variable(**kept[name]) for name in sorted(kept)}


def environment(app: App | None, *, merged: bool = False) -> dict[str, str]:
    """Name to value, sorted by name.

    Args:
        merged: With the global ones, which the app's own win over.
    """
    own = {name: variable.value for name, variable in variables(app).items()}
    return dict(sorted((environment(None) | own).items())) if merged and app else own


def put(app: App | None, values: Mapping[str, str], by: str = "") -> list[str]:
    """Set variables.

    Returns:
        The names of those whose value is another now.

    Raises:
        InvalidValue: One can't be a variable; none is set.
    """
    values = checked(values)
    with state.CORE.writing():
        before = environment(app)
        check_total(before | values)
        state.change(NOUN, _owner(app), {name: asdict(Variable(value, by)) for name, value in values.items()})
    return [name for name, value in values.items() if before.get(name) != value]


def take_away(app: App | None, names: Iterable[str]) -> list[str]:
    """Unset variables.

    Returns:
        The names of those that were set.
    """
    with state.CORE.writing():
        before = variables(app)
        gone = [name for name in dict.fromkeys(names) if name in before]
        state.change(NOUN, _owner(app), dict.fromkeys(gone))
    return gone


def of_people(app: App) -> dict[str, str]:
    """The variables of an app that no plugin has set."""
    return {name: variable.value for name, variable in variables(app).items() if not variable.by}


def restore(app: App, then: Mapping[str, str], before: Mapping[str, str]) -> None:
    """Have the variables that people set be as they were then; what has changed since `before` stays.

    So does a variable that is a plugin's now.
    """
    with state.CORE.writing():
        of_plugins = {name for name, variable in variables(app).items() if variable.by}
        names = [name for name in different(then, before) if name not in of_plugins]
        take_away(app, [name for name in names if name not in then])
        put(app, {name: then[name] for name in names if name in then})


def different(some: Mapping[str, str], others: Mapping[str, str]) -> list[str]:
    """The names whose values are not the same in both."""
    return sorted(name for name in some.keys() | others.keys() if some.get(name) != others.get(name))


def duplicate(app: App, copy: App) -> None:
    """Give one app the variables of another."""
    state.change(NOUN, copy.owner, state.properties(NOUN, app.owner))


def _owner(app: App | None) -> str:
    return app.owner if app else state.GLOBAL
