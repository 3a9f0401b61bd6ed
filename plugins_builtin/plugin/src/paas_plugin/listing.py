"""Every installed plugin, and what is to be known about it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

from paas import PaasError, entrypoints, hooks
from paas.entrypoints import ORIGIN
from paas.plugins import Plugins


@dataclass(frozen=True)
class Plugin:
    """One plugin.

    Attributes:
        state: `enabled`, `disabled` or `broken`.
        reason: Why it is broken, else empty.
        order: The place in which its hooks are called, from 1; None unless it is enabled.
        origin: `builtin`, `contrib`, or `community` for one that isn't of this project.
    """

    name: str
    version: str
    state: str
    reason: str
    order: int | None
    origin: str
    distribution: str
    description: str


def all() -> list[Plugin]:
    """Every installed plugin in the order in which their hooks are called, those out of use last."""
    return list(_all(hooks.plugins()))


def find(name: str) -> Plugin:
    """An installed plugin.

    Raises:
        PaasError: It isn't installed.
    """
    for plugin in all():
        if plugin.name == name:
            return plugin
    raise PaasError(f"The plugin {name} is not installed.", hint="paas plugin:list shows those that are.")


def origin(distribution: str) -> str:
    """Whose a distribution is: `builtin`, `contrib` or `community`."""
    ours = {entry.distribution: entry.target for entry in entrypoints.declared(ORIGIN)[ORIGIN]}
    return ours.get(distribution, "community")


def _all(plugins: Plugins) -> Iterator[Plugin]:
    out_of_use = sorted(plugins.distributions.keys() - set(plugins.order))
    for name in [*plugins.order, *out_of_use]:
        entry = plugins.distributions[name]
        state = "disabled" if name in plugins.disabled else "broken" if name in plugins.broken else "enabled"
        yield Plugin(
            name=name,
            version=entry.version,
            state=state,
            reason=plugins.broken.get(name, "") if state == "broken" else "",
            order=plugins.order.index(name) + 1 if state == "enabled" else None,
            origin=origin(entry.distribution),
            distribution=entry.distribution,
            description=_description(entry.distribution, entry.version),
        )


def _description(distribution: str, version: str) -> str:
    """The summary of a distribution, from its file: importlib.metadata would take longer than the rest of the list."""
    for folder in sys.path:
        try:
            with open(
                f"{folder}/{distribution.replace('-', '_')}-{version}.dist-info/METADATA", encoding="utf-8"
            ) as file:
                headers = file.read().partition("\n\n")[0]
        except OSError:
            continue
        return next(
            (line.removeprefix("Summary: ") for line in headers.splitlines() if line.startswith("Summary: ")), ""
        )
    return ""
