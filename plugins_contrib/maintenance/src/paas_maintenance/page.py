"""The page, and whether it is shown."""

from __future__ import annotations

from paas import App, lifecycle, state

NOUN = "maintenance"
RETRY_SECONDS = 300
PAGE = (
    "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=width=device-width>"
    "<title>Maintenance</title><body style=font-family:sans-serif;text-align:center;margin-top:20vh>"
    "<h1>Down for maintenance</h1><p>We will be back in a few minutes."
)


def is_shown(app: App) -> bool:
    return bool(state.property(NOUN, app.owner, "enabled", False))


def show(app: App) -> None:
    """Show the page in place of an app.

    Raises:
        PaasError: The proxy refuses it.
    """
    _turn(app, "enable", True)


def hide(app: App) -> None:
    """Let requests come to the app again."""
    _turn(app, "disable", None)


def snippet() -> str:
    """The page as nginx text: a server block that has it answers nothing else but a certificate authority."""
    return (
        "default_type text/html;\n"
        f"add_header Retry-After {RETRY_SECONDS} always;\n"
        "add_header Cache-Control no-store always;\n"
        f"if ($uri !~ ^/[.]well-known/acme-challenge/) {{\n    return 503 '{PAGE}';\n}}\n"
    )


def _turn(app: App, verb: str, enabled: bool | None) -> None:
    def change() -> None:
        state.change(NOUN, app.owner, {"enabled": enabled})

    lifecycle.reroute(app, NOUN, f"maintenance:{verb}", change)
