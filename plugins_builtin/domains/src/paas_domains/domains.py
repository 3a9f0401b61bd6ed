"""Which domains lead to which app."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from paas import App, PaasError, apps, hooks, lifecycle, state
from paas.state import CORE, GLOBAL

from . import hookspecs, names

NOUN = "domains"


class DomainTaken(PaasError):
    def __init__(self, domain: str, owner: str) -> None:
        super().__init__(f"{domain} already belongs to {owner}.", hint=f"Free it with domains:remove {owner} {domain}")


def of(app: App) -> list[str]:
    """The domains that lead to an app: its own, else its name below each global one; none if disabled."""
    if not enabled(app):
        return []
    own = state.property(NOUN, app.owner, "domains")
    return list(own) if own is not None else derived(app)


def derived(app: App) -> list[str]:
    """What an app is called without domains of its own; a name with a dot is a domain already."""
    return [app.name if "." in app.name else f"{app.name}.{domain}" for domain in everywhere()]


def everywhere() -> list[str]:
    """The global domains."""
    return list(state.property(NOUN, GLOBAL, "domains", ()))


def enabled(app: App) -> bool:
    return bool(state.property(NOUN, app.owner, "enabled", True))


def change(app: App, action: str, named: Sequence[str], to: Callable[[list[str]], list[str] | None]) -> None:
    """Change an app's domains and have the proxy serve them; nothing has changed if it refuses.

    Args:
        to: From the domains of now to those to be; None for the derived ones.

    Raises:
        DomainTaken: Another app has one of them.
        PaasError: The proxy refuses.
    """
    before = state.properties(NOUN, app.owner)
    with CORE.writing():
        wanted = to(of(app))
        for domain in wanted if wanted is not None else derived(app):
            if holder := owner(domain, other_than=app):
                raise DomainTaken(domain, holder.name)
        state.change(NOUN, app.owner, {"domains": wanted, "enabled": None})
    serve(app, before)
    hooks.tell(hookspecs.post_domains_update, app, action, named)


def turn(app: App, *, on: bool) -> None:
    """Have an app reached by its domains, or by a port of its own."""
    before = state.properties(NOUN, app.owner)
    state.change(NOUN, app.owner, {"enabled": None if on else False})
    serve(app, before)
    hooks.tell(hookspecs.post_domains_update, app, "enable" if on else "disable", ())


def serve(app: App, before: dict[str, object]) -> None:
    """Have the proxy serve the domains of now, or put back those of before."""
    if not apps.live_release(app):
        return
    try:
        lifecycle.configure_proxy(app)
    except BaseException:
        state.change(NOUN, app.owner, {key: before.get(key) for key in ("domains", "enabled")})
        raise


def owner(domain: str, *, other_than: App) -> App | None:
    """The app that a domain leads to."""
    return next((app for app in apps.all() if app.id != other_than.id and domain in of(app)), None)


def checked(words: Sequence[str]) -> list[str]:
    """Domains as they are kept, each once."""
    return list(dict.fromkeys(names.checked(word) for word in words))


def set_everywhere(wanted: Sequence[str]) -> None:
    """Replace the global domains, and serve the apps whose names are derived from them."""
    state.change(NOUN, GLOBAL, {"domains": list(wanted) or None})
    for app in apps.all():
        if apps.live_release(app) and state.property(NOUN, app.owner, "domains") is None:
            lifecycle.configure_proxy(app)
