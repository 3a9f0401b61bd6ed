"""What can be set about an app's site."""

from __future__ import annotations

from paas import App, InvalidValue, PaasError, authorization
from paas.context import current
from paas.settings import Check, Setting, Settings, boolean, relative_path
from paas.state import CORE

from . import values

NOUN = "nginx"


def only(value: str, why: str) -> Check:
    """A check for a setting of Dokku's that has one value here."""

    def check(given: str) -> str:
        if given != value:
            raise InvalidValue(f"This can't be {given!r}: {why}.")
        return given

    return check


def _setting(key: str, default: str, check: Check, help: str) -> Setting:
    return Setting(key, default, check, help=help)


BY_INSTALLATION = "root's helper starts nginx, in the way that install.sh found"

SETTINGS = Settings(
    NOUN,
    _setting("allow-template", "false", boolean, "Use the template that an app brings; only root sets this."),
    _setting("access-log-format", "", values.log_format, "A log format that nginx's main configuration names."),
    _setting("access-log-path", "", values.log, "A log in nginx's folder of logs, or off; else APP-access.log."),
    _setting("bind-address-ipv4", "", values.ipv4, "The only IPv4 address to listen on."),
    _setting("bind-address-ipv6", "::", values.ipv6, "The only IPv6 address to listen on."),
    _setting("client-body-timeout", "60s", values.duration, "Between two reads of a request's body."),
    _setting("client-header-timeout", "60s", values.duration, "For a request's headers."),
    _setting("client-max-body-size", "1m", values.size, "The largest body of a request; 0 for any."),
    _setting("disable-custom-config", "false", boolean, "Leave a template aside that the app brings."),
    _setting("error-log-path", "", values.log, "A log in nginx's folder of logs, or off; else APP-error.log."),
    _setting("hsts", "true", boolean, "Have browsers insist on https, once there is a certificate."),
    _setting("hsts-include-subdomains", "true", boolean, "For the names below a domain too."),
    _setting("hsts-max-age", "15724800", values.count, "For so many seconds."),
    _setting("hsts-preload", "false", boolean, "Offer the domain for browsers' built-in lists."),
    _setting("keepalive-timeout", "75s", values.duration, "How long an idle connection is kept."),
    _setting("lingering-timeout", "5s", values.duration, "How long to read what is not wanted any more."),
    _setting("nginx-conf-sigil-path", "nginx.conf.j2", relative_path, "Where an app's template is in its source."),
    _setting("nginx-service-command", "", only("", BY_INSTALLATION), "Always empty: root's helper starts nginx."),
    _setting("proxy-buffer-size", "4k", values.buffer, "For the first part of an answer."),
    _setting("proxy-buffering", "on", values.switch, "Read answers ahead of the client."),
    _setting("proxy-buffers", "8 4k", values.buffers, "For the rest of an answer."),
    _setting("proxy-busy-buffers-size", "8k", values.buffer, "Of those, at most for sending."),
    _setting("proxy-connect-timeout", "60s", values.duration, "To reach a process."),
    _setting("proxy-keepalive", "", values.count, "Idle connections to processes that a worker keeps."),
    _setting("proxy-read-timeout", "60s", values.duration, "Between two reads of an answer."),
    _setting("proxy-send-timeout", "60s", values.duration, "Between two writes of a request."),
    _setting("send-timeout", "60s", values.duration, "Between two writes to the client."),
    _setting("underscore-in-headers", "off", values.switch, "Take headers with underscores in their names."),
    _setting("x-forwarded-for-value", "$remote_addr", values.variable, "The header X-Forwarded-For."),
    _setting("x-forwarded-port-value", "$server_port", values.variable, "The header X-Forwarded-Port."),
    _setting("x-forwarded-proto-value", "$scheme", values.variable, "The header X-Forwarded-Proto."),
    _setting("x-forwarded-ssl", "", values.variable, "The header X-Forwarded-Ssl; absent if empty."),
)


ONLY_ROOT = ("allow-template",)
"""What isn't for ssh, nor handed on to a clone: whoever may push must not widen what a push may do."""


def require_root(key: str) -> None:
    """Refuse to set what only root may.

    Raises:
        PaasError: Somebody else wants it.
    """
    if key in ONLY_ROOT:
        authorization.require_root(
            f"{key} is for root on the server: it lets a push choose what nginx does, which runs as root.",
            f"On the server: sudo paas nginx:set … {key} …",
        )


def require_own_log(name: str, key: str, value: str | None) -> None:
    """Refuse a log that isn't the app's own to those who aren't on the server: whoever names a log may read it.

    Raises:
        PaasError: It may be anybody's.
    """
    if not (key.endswith("-log-path") and value and value != "off" and current().caller.is_remote):
        return
    if not value.removeprefix(f"{current().paths.nginx.logs}/").startswith(f"{name}-"):
        raise PaasError(
            f"{value} may be the log of something else than {name}, which could then be read.",
            hint=f"Choose a name that begins with {name}-, or have root set it on the server.",
        )


def copy(app: App, copy: App) -> None:
    """Give one app the settings of another, but not what root has allowed that one."""
    SETTINGS.copy(app, copy)
    for key in ONLY_ROOT:
        SETTINGS.set(copy, key, None)


def values_for(app: App | str) -> dict[str, str]:
    """Every setting as it holds for an app, or for all."""
    with CORE.reading():  # one connection for the lot
        return {key: SETTINGS.value(app, key) for key in SETTINGS.all}
