"""Whether domains lead here, seen before an authority looks: its limits count what fails."""

from __future__ import annotations

import http.client
import secrets
import socket
from collections.abc import Sequence

from paas.context import current
from paas_proxy import api as proxy

TIMEOUT = 5
AT_ONCE = 20
"""Names are looked at side by side: a hundred of them may each wait for a name server that is silent."""


def failing(names: Sequence[str]) -> dict[str, str]:
    """The names that don't lead to this server's nginx, each with the reason."""
    from concurrent.futures import ThreadPoolExecutor

    port, token, answer = current().paths.nginx.http_port, secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    proxy.answer_challenge(token, answer)
    try:
        with ThreadPoolExecutor(AT_ONCE) as threads:
            reasons = threads.map(lambda name: _wrong_with(name, port, token, answer), names)
            return {name: reason for name, reason in zip(names, reasons, strict=True) if reason}
    finally:
        proxy.forget_challenge(token)


def _wrong_with(name: str, port: int, token: str, answer: str) -> str:
    """What is wrong with a name; empty if nothing is. Any of its addresses may be the one that the authority takes."""
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        return f"it does not resolve ({getattr(error, 'strerror', None) or error})"
    for address in sorted(found):
        if said := _fetched(address, port, name, token, answer):
            return said
    return ""


def _fetched(address: str, port: int, name: str, token: str, answer: str) -> str:
    connection = http.client.HTTPConnection(address, port, timeout=TIMEOUT)
    try:
        connection.request("GET", f"/.well-known/acme-challenge/{token}", headers={"Host": name})
        body = connection.getresponse().read(len(answer) + 1)
    except (OSError, http.client.HTTPException) as error:
        return f"{address} does not answer ({getattr(error, 'strerror', None) or type(error).__name__})"
    finally:
        connection.close()
    return "" if body == answer.encode() else f"{address} is another server, or its nginx serves something else"
