"""Which plugin is the proxy of an app, and what happens when that changes.

This plugin itself is the proxy of apps whose proxy is disabled: it sends them nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from paas import App, PaasError, hooks, hookspecs, lifecycle
from paas.state import GLOBAL

from .settings import NOUN, SETTINGS


def of(app: App) -> str:
    if is_disabled(app):
        return NOUN
    chosen = SETTINGS.own(app, "type") or SETTINGS.own(GLOBAL, "type")
    return chosen or _usual()


def is_disabled(app: App) -> bool:
    return SETTINGS.value(app, "disabled") == "true"


def installed() -> list[str]:
    """The proxies that can be chosen."""
    return [name for name in hooks.plugins().holders("proxy") if name != NOUN]


def require_installed(name: str) -> None:
    """Refuse a proxy that isn't there.

    Raises:
        PaasError: It isn't; with those that are.
    """
    if name not in installed():
        raise PaasError(
            f"No plugin is installed that is the proxy {name}.",
            hint=f"Install it with plugin:install {name}. Installed: {', '.join(installed()) or 'none'}.",
        )


def change(app: App, reason: str, what: Callable[[], None]) -> None:
    """Change settings of an app; its proxy follows, and one that it no longer has forgets it.

    Raises:
        PaasError: The proxy refuses; nothing has changed.
    """
    lifecycle.reroute(app, NOUN, reason, what)
    clear_others(app)


def rebuild(app: App) -> None:
    """Have the proxy of an app take its domains, ports and settings of now.

    Raises:
        PaasError: It refuses them.
    """
    change(app, "proxy:build-config", lambda: None)


def clear_others(app: App) -> None:
    for name in installed():
        if name != of(app):
            hooks.act_as(name, hookspecs.proxy_clear_config, app)


def _usual() -> str:
    """nginx, or what else is installed; without any proxy an app has none, as if it were disabled."""
    from .settings import DEFAULT

    found = installed()
    return DEFAULT if DEFAULT in found or len(found) > 1 else (found or [NOUN])[0]
