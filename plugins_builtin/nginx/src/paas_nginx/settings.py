"""What can be set about an app's site."""

from __future__ import annotations

from paas.settings import Check, Setting, Settings

from . import values


def _timeout(key: str, default: str, help: str) -> Setting:
    return Setting(key, default, values.duration, help=help)


def _plain(key: str, default: str, check: Check, help: str) -> Setting:
    return Setting(key, default, check, help=help)


SETTINGS = Settings(
    "nginx",
    _plain("access-log-format", "", values.log_format, "A log format that the main configuration names."),
    _plain("access-log-path", "", values.log_name, "A log below nginx's folder, or off; otherwise APP-access.log."),
    _plain("bind-address-ipv4", "", values.ipv4, "The only IPv4 address to listen on."),
    _plain("bind-address-ipv6", "::", values.ipv6, "The only IPv6 address to listen on."),
    _timeout("client-body-timeout", "60s", "Between two reads of a request's body."),
    _timeout("client-header-timeout", "60s", "For a request's headers."),
    _plain("client-max-body-size", "1m", values.size, "The largest body of a request."),
    _plain("error-log-path", "", values.log_name, "A log below nginx's folder, or off; otherwise APP-error.log."),
    _timeout("keepalive-timeout", "75s", "How long an idle connection is kept."),
    _timeout("lingering-timeout", "5s", "How long to read what is not wanted any more."),
    _plain("proxy-buffer-size", "4k", values.size, "For the first part of an answer."),
    _plain("proxy-buffering", "on", values.switch, "Read answers ahead of the client."),
    _plain("proxy-buffers", "8 4k", values.buffers, "For the rest of an answer."),
    _plain("proxy-busy-buffers-size", "8k", values.size, "Of those, at most for sending."),
    _timeout("proxy-connect-timeout", "60s", "To reach a process."),
    _timeout("proxy-read-timeout", "60s", "Between two reads of an answer."),
    _timeout("proxy-send-timeout", "60s", "Between two writes of a request."),
    _timeout("send-timeout", "60s", "Between two writes to the client."),
    _plain("underscore-in-headers", "off", values.switch, "Take headers with underscores in their names."),
    _plain("x-forwarded-for-value", "$remote_addr", values.variable, "The header X-Forwarded-For."),
    _plain("x-forwarded-port-value", "$server_port", values.variable, "The header X-Forwarded-Port."),
    _plain("x-forwarded-proto-value", "$scheme", values.variable, "The header X-Forwarded-Proto."),
    _plain("x-forwarded-ssl", "", values.variable, "The header X-Forwarded-Ssl; absent if empty."),
)
