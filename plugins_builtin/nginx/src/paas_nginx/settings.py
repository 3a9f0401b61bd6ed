"""What can be set about an app's site."""

from __future__ import annotations

from paas import App, InvalidValue
from paas.settings import Check, Setting, Settings, boolean
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


NO_TEMPLATES = "the site of an app can't come from its source, which would let a push change the server"
BY_INSTALLATION = "root's helper starts nginx, in the way that install.sh found"

SETTINGS = Settings(
    NOUN,
    _setting("access-log-format", "", values.log_format, "A log format that nginx's main configuration names."),
    _setting("access-log-path", "", values.log, "A log in nginx's folder of logs, or off; else APP-access.log."),
    _setting("bind-address-ipv4", "", values.ipv4, "The only IPv4 address to listen on."),
    _setting("bind-address-ipv6", "::", values.ipv6, "The only IPv6 address to listen on."),
    _setting("client-body-timeout", "60s", values.duration, "Between two reads of a request's body."),
    _setting("client-header-timeout", "60s", values.duration, "For a request's headers."),
    _setting("client-max-body-size", "1m", values.size, "The largest body of a request; 0 for any."),
    _setting("disable-custom-config", "true", only("true", NO_TEMPLATES), "Always true: sites come from here alone."),
    _setting("error-log-path", "", values.log, "A log in nginx's folder of logs, or off; else APP-error.log."),
    _setting("hsts", "true", boolean, "Have browsers insist on https, once there is a certificate."),
    _setting("hsts-include-subdomains", "true", boolean, "For the names below a domain too."),
    _setting("hsts-max-age", "15724800", values.count, "For so many seconds."),
    _setting("hsts-preload", "false", boolean, "Offer the domain for browsers' built-in lists."),
    _setting("keepalive-timeout", "75s", values.duration, "How long an idle connection is kept."),
    _setting("lingering-timeout", "5s", values.duration, "How long to read what is not wanted any more."),
    _setting("nginx-conf-sigil-path", "", only("", NO_TEMPLATES), "Always empty: sites come from here alone."),
    _setting("nginx-service-command", "", only("", BY_INSTALLATION), "Always empty: root's helper starts nginx."),
    _setting("proxy-buffer-size", "4k", values.size, "For the first part of an answer."),
    _setting("proxy-buffering", "on", values.switch, "Read answers ahead of the client."),
    _setting("proxy-buffers", "8 4k", values.buffers, "For the rest of an answer."),
    _setting("proxy-busy-buffers-size", "8k", values.size, "Of those, at most for sending."),
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


def values_for(app: App | str) -> dict[str, str]:
    """Every setting as it holds for an app, or for all."""
    with CORE.reading():  # one connection for the lot
        return {key: SETTINGS.value(app, key) for key in SETTINGS.all}
