"""Whether domains lead here, seen before an authority looks: its limits count what fails."""

from __future__ import annotations

import http.client
import secrets
import socket
import ssl
from collections.abc import Sequence
from urllib.parse import SplitResult, urljoin, urlsplit

from paas.context import current
from paas_proxy import api as proxy

TIMEOUT = 5
AT_ONCE = 20
"""Names are looked at side by side: a hundred of them may each wait for a name server that is silent."""
MOST_REDIRECTS = 10
"""As Let's Encrypt follows them: to http and https alone, on their own ports, whoever has signed the certificate."""
DEFAULT_PORTS = {"http": 80, "https": 443}
REDIRECTS = {301, 302, 303, 307, 308}


def failing(names: Sequence[str]) -> dict[str, str]:
    """The names that don't lead to this server's nginx, each with the reason."""
    from concurrent.futures import ThreadPoolExecutor

    port, token, answer = current().paths.nginx.http_port, secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    allowed = {*DEFAULT_PORTS.values(), port, current().paths.nginx.https_port}
    proxy.answer_challenge(token, answer)
    try:
        with ThreadPoolExecutor(AT_ONCE) as threads:
            reasons = threads.map(lambda name: _wrong_with(name, port, allowed, token, answer), names)
            return {name: reason for name, reason in zip(names, reasons, strict=True) if reason}
    finally:
        proxy.forget_challenge(token)


def _wrong_with(name: str, port: int, allowed: set[int], token: str, answer: str) -> str:
    """What is wrong with a name; empty if nothing is. Any of its addresses may be the one that the authority takes."""
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        return f"it does not resolve ({getattr(error, 'strerror', None) or error})"
    url = f"http://{name}/.well-known/acme-challenge/{token}"
    for address in sorted(found):
        body, place, trouble = _fetched(http.client.HTTPConnection(address, port, timeout=TIMEOUT), url, allowed)
        where = address if place == url else f"{address} leads to {_printable(place)}, which"
        if trouble:
            return f"{where} {trouble}"
        if body != answer.encode():
            return f"{where} is another server, or its nginx serves something else"
    return ""


def _fetched(connection: http.client.HTTPConnection, url: str, allowed: set[int]) -> tuple[bytes, str, str]:
    """What a URL answers after all its redirects, where that was, and what was wrong; empty if nothing was.

    Args:
        connection: To whom the first request goes.
        allowed: The ports to which a redirect may lead.
    """
    for _ in range(MOST_REDIRECTS + 1):
        try:
            status, location, body = _asked(connection, urlsplit(url))
            if status not in REDIRECTS or not location:
                return body, url, ""
            url = urljoin(url, location)
            connection = _connection(urlsplit(url), allowed)
        except ValueError:
            return b"", url, "no authority follows"
        except (OSError, http.client.HTTPException) as error:
            return b"", url, f"does not answer ({getattr(error, 'strerror', None) or type(error).__name__})"
    return b"", url, "redirects without end"


def _asked(connection: http.client.HTTPConnection, url: SplitResult) -> tuple[int, str, bytes]:
    """Status, Location and the beginning of the body."""
    try:
        path = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
        connection.request("GET", path, headers={"Host": url.netloc})
        answer = connection.getresponse()
        return answer.status, answer.headers.get("Location", ""), answer.read(100)
    finally:
        connection.close()


def _connection(url: SplitResult, allowed: set[int]) -> http.client.HTTPConnection:
    """One to where a redirect leads.

    Raises:
        ValueError: No authority follows it.
    """
    if url.scheme not in DEFAULT_PORTS or not url.hostname or url.username is not None:
        raise ValueError(url)
    if (port := url.port or DEFAULT_PORTS[url.scheme]) not in allowed:
        raise ValueError(url)
    if url.scheme == "http":
        return http.client.HTTPConnection(url.hostname, port, timeout=TIMEOUT)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection(url.hostname, port, timeout=TIMEOUT, context=context)


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text[:200])
