"""Take plugins out of use and into it again; their code stays installed."""

from __future__ import annotations

from paas import PaasError, plugins, state
from paas.entrypoints import NOUN, disabled
from paas.state import CORE, GLOBAL

from . import listing


def disable(name: str, *, force: bool) -> None:
    """Leave a plugin out from the next command on.

    Raises:
        PaasError: It is builtin, or others need it, and `force` isn't set; or it is this one.
    """
    plugin = listing.find(name)
    if plugin.state == "disabled":
        raise PaasError(f"The plugin {name} is already disabled.")
    if name == NOUN:
        raise PaasError(f"The plugin {name} can't be disabled: nothing could enable it again.")
    if plugin.origin == "builtin" and not force:
        raise PaasError(f"{name} is a builtin plugin; apps may depend on it.", hint="Disable it anyway with --force.")
    with CORE.writing():  # undone if it raises
        before = plugins.load().broken
        _keep(disabled() | {name})
        broken = {n: reason for n, reason in plugins.load().broken.items() if n not in before}
        if broken and not force:
            reasons = "; ".join(f"{n}: {reason}" for n, reason in broken.items())
            raise PaasError(f"Without {name} others don't work. {reasons}", hint="Disable them first, or add --force.")


def enable(name: str) -> None:
    """Take a plugin into use again.

    Raises:
        PaasError: It isn't disabled.
    """
    if listing.find(name).state != "disabled":
        raise PaasError(f"The plugin {name} is already enabled.")
    _keep(disabled() - {name})


def forget(name: str) -> None:
    """Forget whether a plugin that is no longer installed was disabled."""
    _keep(disabled() - {name})


def _keep(names: frozenset[str]) -> None:
    state.change(NOUN, GLOBAL, {"disabled": sorted(names) or None})
