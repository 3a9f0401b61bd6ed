"""What people write of a service, as it may be used; each raises for what it may not be."""

from __future__ import annotations

import re

from paas import InvalidValue

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
_NETWORK = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_ALIAS = re.compile(r"[A-Z][A-Z0-9_]{0,63}")


def name(text: str) -> str:
    """The name of a service.

    Raises:
        InvalidValue: It can't be one: it becomes a host name and a folder.
    """
    if not _NAME.fullmatch(text):
        raise InvalidValue(
            f"{text!r} can't be the name of a service.",
            hint="Use up to 32 lower-case letters, digits and hyphens, with a letter or digit first and last.",
        )
    return text


def alias(text: str) -> str:
    """The name of a variable without its `_URL`.

    Raises:
        InvalidValue: It can't be one.
    """
    if not _ALIAS.fullmatch(text):
        raise InvalidValue(f"{text!r} can't be an alias.", hint="Use upper-case letters, digits and _, as in BLUE.")
    return text


def image(text: str) -> str:
    """The name of an image without its tag.

    Raises:
        InvalidValue: It can't be one.
    """
    if not re.fullmatch(r"[a-z0-9][A-Za-z0-9._:/-]*", text):
        raise InvalidValue(f"{text!r} can't be the name of an image.")
    return text


def version(text: str) -> str:
    """The tag of an image.

    Raises:
        InvalidValue: It can't be one.
    """
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", text):
        raise InvalidValue(f"{text!r} can't be the version of an image.", hint="Name a tag, such as 17.")
    return text


def network(text: str) -> str:
    """The name of a network, or nothing.

    Raises:
        InvalidValue: It can't be one, or is the server's own.
    """
    if text and (text in ("host", "none") or not _NETWORK.fullmatch(text)):
        raise InvalidValue(f"{text!r} can't be a network of a service.", hint="docker network ls lists them.")
    return text


def networks(text: str) -> list[str]:
    """Names of networks, as `N,N`.

    Raises:
        InvalidValue: One can't be.
    """
    return list(dict.fromkeys(network(word) for word in text.split(",") if word))


def password(text: str) -> str:
    """A password.

    Raises:
        InvalidValue: A program might not be given it as it is.
    """
    if not text or not all(" " <= character <= "~" for character in text) or len(text) > 200:
        raise InvalidValue("The password can't be used.", hint="Use 1 to 200 printable ASCII characters.")
    return text


def query(text: str) -> str:
    """What follows the `?` of a URL.

    Raises:
        InvalidValue: It isn't one.
    """
    if not re.fullmatch(r"[A-Za-z0-9_.~%&=+,:/@!*-]*", text):
        raise InvalidValue(f"{text!r} can't be the query of a URL.", hint="Write it as in sslmode=disable&a=b")
    return text


def environment(text: str) -> dict[str, str]:
    """Variables as `K=V;K=V`.

    Raises:
        InvalidValue: A part isn't one.
    """
    found: dict[str, str] = {}
    for part in filter(None, text.split(";")):
        name, equals, value = part.partition("=")
        if not equals or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) or "\0" in value:
            raise InvalidValue(f"{part!r} isn't a variable.", hint="Write them as in K=V;K=V")
        found[name] = value
    return found


def options(text: str) -> str:
    """Config options.

    Raises:
        InvalidValue: Quotes in them don't match.
    """
    words(text)
    return text


def words(text: str) -> list[str]:
    """Config options as words.

    Raises:
        InvalidValue: Quotes in them don't match.
    """
    import shlex

    try:
        return shlex.split(text)
    except ValueError as error:
        raise InvalidValue(f"The config options can't be read: {error}.", hint="Close every quote.") from error
