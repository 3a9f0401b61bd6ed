"""What may stand in an nginx file, checked where it is set and again where it is written."""

from __future__ import annotations

import re

from paas import InvalidValue
from paas.settings import Check


def pattern(expression: str, what: str) -> Check:
    """A check for values that a regular expression matches as a whole."""
    compiled = re.compile(expression)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise InvalidValue(f"{value!r} is not {what}.")
        return value

    return check


size = pattern(r"[0-9]{1,9}[kKmMgG]?", "a size, such as 10m")
duration = pattern(r"[0-9]{1,6}(ms|s|m|h|d)?", "a time, such as 60s")
buffers = pattern(r"[0-9]{1,4} [0-9]{1,9}[kKmM]?", "a number and a size of buffers, such as 8 4k")
switch = pattern(r"on|off", "on or off")
ipv4 = pattern(r"([0-9]{1,3}\.){3}[0-9]{1,3}", "an IPv4 address")
ipv6 = pattern(r"\[?[0-9A-Fa-f:.]+\]?", "an IPv6 address")
variable = pattern(r"\$[a-z_]+|[A-Za-z0-9._:-]+", "an nginx variable or a plain word")
log_format = pattern(r"[A-Za-z0-9_]+", "the name of a log format")
host_name = pattern(r"_|(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?", "a host name")
address = pattern(r"[0-9a-fA-F.:]+", "an address")
app_name = pattern(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", "the name of an app")
log_name = pattern(r"off|[A-Za-z0-9][A-Za-z0-9._-]*", "the name of a log, or off")
