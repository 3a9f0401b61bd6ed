"""May a key run a command? The plugins are asked about each app that it names."""

from __future__ import annotations

from collections.abc import Sequence

from .context import current
from .errors import PaasError
from .state import GLOBAL


def authorize(verb: str, apps: Sequence[str]) -> None:
    """Ask the plugins, if a key was used, about each of the apps that a command names, or once if it names none.

    Raises:
        PaasError: The first refusal.
    """
    caller = current().caller
    if not caller.is_remote:
        return
    from . import hooks, hookspecs

    named: Sequence[str | None] = apps or [None]
    for app in named:
        hooks.check(hookspecs.authorize, caller, verb, None if app == GLOBAL else app)


def require_root(refusal: str, hint: str) -> None:
    """Refuse what would give whoever may push more of the server than a push does.

    Raises:
        PaasError: Neither root nor another account of the server's runs the command: it came over ssh.
    """
    caller = current().caller
    if caller.is_remote or caller.user == current().paths.user:
        raise PaasError(refusal, hint=hint)
