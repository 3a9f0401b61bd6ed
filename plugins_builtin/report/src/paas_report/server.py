"""This server, as its plugins know it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from paas import PaasError, hooks

from . import hookspecs


def facts() -> Mapping[str, str]:
    """Label to fact; where a plugin can't say any, why."""
    return dict(fact for plugin in hooks.plugins().implementing(hookspecs.host_facts) for fact in _of(plugin))


def plugins() -> Iterator[tuple[str, str, str]]:
    """Name, version and state of every plugin, those first that are in use."""
    found = hooks.plugins()
    for name in [*found.order, *sorted(found.distributions.keys() - set(found.order))]:
        state = "disabled" if name in found.disabled else "broken" if name in found.broken else "enabled"
        yield f"  {name}", found.distributions[name].version, f"{state} {found.broken.get(name, '')}".strip()


def _of(plugin: str) -> Iterator[tuple[str, str]]:
    try:
        yield from hooks.plugins().call(plugin, hookspecs.host_facts).get().items()
    except PaasError as error:
        yield plugin, f"({error.message})"
