"""Which texts are names that a domain can have."""

from __future__ import annotations

import ipaddress
import re

from paas import InvalidValue

EVERY_HOST = "_"
"""Stands for every host name that no other app has."""

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
MAX_LENGTH = 253


def domain(text: str) -> str:
    """A domain as it is kept: lower case, other alphabets in punycode; `*.NAME` and `_` are domains too.

    Raises:
        InvalidValue: It isn't one.
    """
    if text == EVERY_HOST:
        return text
    if text.startswith("*."):
        return f"*.{host_name(text[2:])}"
    return host_name(text)


def domain_or_none(text: str) -> str | None:
    try:
        return domain(text)
    except InvalidValue:
        return None


def global_domain(text: str) -> str:
    """A domain that apps' names are put in front of, or an address, which gives no app a domain.

    Raises:
        InvalidValue: It is neither.
    """
    return text if is_address(text) else host_name(text)


def host_name(text: str) -> str:
    """A full name of a host.

    Raises:
        InvalidValue: It isn't one.
    """
    name = _ascii(text)
    labels = name.split(".")
    if (":" in name and is_address(name)) or NUMBER.fullmatch(labels[-1]):
        raise InvalidValue(
            f"{text!r} is an address, not a domain.", hint="An app without a domain has a port: see ports:report"
        )
    if len(name) > MAX_LENGTH or not all(LABEL.fullmatch(label) for label in labels):
        raise InvalidValue(
            f"{text!r} is not a domain.",
            hint="Such as shop.example.com or *.example.com: letters, digits and hyphens, no http:// and no port.",
        )
    return name


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _ascii(text: str) -> str:
    if text.isascii():
        return text.lower()
    import idna

    try:
        return idna.encode(text, uts46=True).decode("ascii").lower()
    except idna.IDNAError as error:
        raise InvalidValue(f"{text!r} is not a domain: {error}.") from error
