"""Change the domains of an app; its proxy follows, or nothing changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from paas import App, PaasError, apps, hooks, lifecycle, output, releases
from paas.state import CORE

from . import claims, hookspecs, kept
from .kept import NOUN, Domains

Change = Callable[[Domains], Domains]


def add(app: App, wanted: Sequence[str]) -> None:
    """Let more domains lead to an app; enables them if they were disabled."""
    change(app, "add", lambda said: replace(said, custom=_united(said.custom, wanted), enabled=True), wanted)


def remove(app: App, unwanted: Sequence[str]) -> None:
    """Take domains from an app; without one that it had by itself, it keeps the others as its own."""

    def without(said: Domains) -> Domains:
        derived = claims.derived_names(app, kept.global_domains()) if said.derived else []
        if not any(name in unwanted for name in derived):
            return replace(said, custom=tuple(name for name in said.custom if name not in unwanted))
        left = [name for name in _united(derived, said.custom) if name not in unwanted]
        return replace(said, custom=tuple(left), derived=False)

    change(app, "remove", without, unwanted)


def replace_all(app: App, wanted: Sequence[str]) -> None:
    """Let these domains and no others lead to an app."""
    change(app, "set", lambda said: Domains(_united((), wanted), derived=False), wanted)


def clear(app: App) -> None:
    """Leave an app without any domain."""
    change(app, "clear", lambda said: replace(said, custom=(), derived=False))


def reset(app: App) -> None:
    """Leave an app with the domains that it has by itself."""
    change(app, "reset", lambda said: Domains())


def enable(app: App) -> None:
    change(app, "enable", lambda said: replace(said, enabled=True))


def disable(app: App) -> None:
    change(app, "disable", lambda said: replace(said, enabled=False))


def restore(app: App, wanted: Domains) -> None:
    """Have what was said of an app's domains be as it was; within the transaction of whoever restores it.

    Raises:
        DomainTaken: One of them leads to another app by now.
    """
    claims.require_free(app, wanted.custom)
    kept.keep(app, wanted)


def restored(app: App) -> None:
    """Tell whoever wants to know that an app's domains are as they were."""
    hooks.tell(hookspecs.post_domains_update, app, "set", kept.of(app).custom)


def change(app: App, action: str, to: Change, domains: Sequence[str] = ()) -> None:
    """Change what is kept of an app's domains and have its proxy follow.

    Raises:
        DomainTaken: One of them leads to another app.
        PaasError: The proxy refuses the change.
    """

    def keep() -> None:
        with CORE.writing():
            said = to(kept.of(app))
            claims.require_free(app, said.custom)
            kept.keep(app, said)

    lifecycle.reroute(app, NOUN, f"domains:{action}", keep)
    hooks.tell(hookspecs.post_domains_update, app, action, domains)


def set_global(domains: Sequence[str], action: str) -> None:
    """Change the global domains and have the proxy follow for every app that is named in them.

    Raises:
        PaasError: The proxy refused some apps, by name; the others follow.
    """
    kept.keep_global(domains)
    refused = [app.name for app in apps.all() if _is_derived_and_live(app) and not _followed(app, action)]
    if refused:
        raise PaasError(
            f"The domains are changed, but the proxy doesn't follow for {', '.join(refused)}.",
            hint=f"See above; then run proxy:build-config {refused[0]}",
        )


def _is_derived_and_live(app: App) -> bool:
    said = kept.of(app)
    return said.derived and said.enabled and releases.live(app) is not None


def _followed(app: App, action: str) -> bool:
    try:
        lifecycle.reroute(app, NOUN, f"domains:{action}", lambda: None)
    except PaasError as error:
        output.warn(f"{app.name}: {error.message}", error.hint)
        return False
    return True


def _united(some: Sequence[str], more: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*some, *more]))
