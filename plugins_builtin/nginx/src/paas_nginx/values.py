"""What may stand in an nginx file, checked where it is set and again where it is written."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

from paas import InvalidValue

Check = Callable[[str], str]  # as in paas.settings, which root would import with the store


def pattern(expression: str, what: str) -> Check:
    """A check for values that a regular expression matches as a whole."""
    compiled = re.compile(expression, re.ASCII)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise InvalidValue(f"{value!r} is not {what}.")
        return value

    return check


size = pattern(r"[0-9]{1,9}[kKmMgG]?", "a size, such as 10m")
buffer = pattern(r"[0-9]{1,6}|[0-9]{1,4}[kK]|[1-9][mM]", "the size of a buffer, such as 8k, of 9m at most")
duration = pattern(r"[0-9]{1,6}(ms|s|m|h|d)?", "a time, such as 60s")
buffers = pattern(r"[0-9]{1,3} ([0-9]{1,6}|[0-9]{1,4}[kK]|[1-9][mM])", "a number and a size of buffers, such as 8 4k")
switch = pattern(r"on|off", "on or off")
count = pattern(r"[0-9]{1,9}", "a whole number of nine digits at most")
variable = pattern(r"\$[a-z][a-z0-9_]*|[A-Za-z0-9._:-]+", "an nginx variable or a plain word")
log_format = pattern(r"[A-Za-z0-9_]+", "the name of a log format")
log_name = pattern(r"off|[A-Za-z0-9][A-Za-z0-9._-]*", "the name of a log, or off")
domain = pattern(r"_|(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?", "a domain")
app_name = pattern(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", "the name of an app")
path = pattern(r"/[A-Za-z0-9/._@*+-]*", "an absolute path of plain characters")
label = pattern(r"[A-Za-z0-9 _.-]+", "a name of plain characters")


def is_domain(value: str) -> bool:
    try:
        return domain(value) != "_"
    except InvalidValue:
        return False


def snippet(value: str) -> str:
    """A check for text of a plugin: whole directives, so that nothing of it gets out of its server block."""
    from . import conf

    conf.parse(value)
    return value


def log(value: str) -> str:
    """A check for a log: its name, or its path in nginx's folder of logs, or `off`."""
    from paas.context import current

    return log_name(value.removeprefix(f"{current().paths.nginx.logs}/"))


def ipv4(value: str) -> str:
    """A check for an IPv4 address."""
    return _address(value, 4)


def ipv6(value: str) -> str:
    """A check for an IPv6 address."""
    return _address(value.strip("[]"), 6)


def address(value: str) -> str:
    """A check for an address, ready to have a port after it."""
    return f"[{_address(value, 6)}]" if ":" in value else _address(value, 4)


def port(value: int) -> int:
    if not 0 < value < 65536:
        raise InvalidValue(f"{value} is not a port.")
    return value


def _address(value: str, version: int) -> str:
    try:
        parsed = ipaddress.ip_address(value)
    except ValueError as error:
        raise InvalidValue(f"{value!r} is not an IPv{version} address.") from error
    if parsed.version != version or "%" in value:
        raise InvalidValue(f"{value!r} is not an IPv{version} address.")
    return str(parsed)
