"""Requests to dockerd over its unix socket.

Importing docker-py, or even http.client with the e-mail and TLS modules behind it, costs more than most of
them do. HTTP/1.0 needs neither: an answer ends where the connection does. Paths are unversioned, such as
`/containers/json`, so that any engine answers.
"""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from paas import state

from .api import DockerError, NotFound

DEFAULT = "unix:///var/run/docker.sock"
MISSING, ERROR = 404, 400
"""The status of what isn't there, and of the first error."""
TIMEOUT = 120
"""Seconds that dockerd may be silent."""

_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]*")


def get(path: str, **query: Any) -> Any:
    """What dockerd answers to a GET; see `request`."""
    return request("GET", path, query=query)


def request(
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    *,
    query: Mapping[str, Any] | None = None,
    timeout: float | None = TIMEOUT,
) -> Any:
    """What dockerd answers, decoded; None if that is nothing.

    Args:
        body: Sent as JSON.
        query: Parameters; what isn't a string is sent as JSON.
        timeout: Seconds that it may be silent; None for as long as it likes.

    Raises:
        NotFound: There is no such thing.
        DockerError: dockerd doesn't run, or refuses.
    """
    state.let_go()
    try:
        status, text = _ask(sent(method, path + _encoded(query or {}), body), timeout)
        answer = json.loads(text) if text and status < ERROR else None
    except (OSError, ValueError, IndexError) as error:  # it doesn't answer, or in the middle no longer
        raise unreachable(error) from error
    if status == MISSING:
        raise NotFound(said(text))
    if status >= ERROR:
        from . import space

        raise space.refused(said(text))
    return answer


def sent(method: str, path: str, body: Mapping[str, Any] | None = None) -> bytes:
    """A request as it goes over the socket."""
    if body is None:
        return head(method, path)
    content = json.dumps(body).encode()
    return head(method, path, about={"Content-Type": "application/json", "Content-Length": str(len(content))}) + content


def head(
    method: str, path: str, query: Mapping[str, Any] | None = None, about: Mapping[str, str] | None = None
) -> bytes:
    """What goes before the body of a request.

    Args:
        about: Name to value of what is said of the body.
    """
    lines = [f"{method} {path}{_encoded(query or {})} HTTP/1.0", "Host: docker"]
    lines += [f"{name}: {value}" for name, value in (about or {}).items()]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode()


def _encoded(query: Mapping[str, Any]) -> str:
    words = [f"{key}={quote(value if isinstance(value, str) else json.dumps(value))}" for key, value in query.items()]
    return "?" + "&".join(words) if words else ""


def _ask(request: bytes, timeout: float | None) -> tuple[int, bytes]:
    """The status and the body of dockerd's answer."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(timeout)
        connection.connect(socket_path())
        connection.sendall(request)
        with connection.makefile("rb") as answer:
            status = int(answer.readline().split()[1])
            while answer.readline().strip():
                pass  # no header matters: the body is JSON and ends with the connection
            return status, answer.read()


def reference(name: str) -> str:
    """The name or id of an image, container or network, as a part of a path that can lead nowhere else.

    Raises:
        NotFound: It isn't one, so nothing can have it.
    """
    if not _REFERENCE.fullmatch(name) or ".." in name or "//" in name:
        raise NotFound(f"Docker has nothing that is called {name!r}.")
    return quote(name, safe="/:@")


def socket_path() -> str:
    """The engine's socket, as `DOCKER_HOST` or by default.

    Raises:
        DockerError: `DOCKER_HOST` isn't a unix socket.
    """
    host = os.environ.get("DOCKER_HOST") or DEFAULT
    if not host.startswith("unix://"):
        raise DockerError(
            f"DOCKER_HOST is {host}, but apps run on the engine of their own server.",
            hint="Unset it, or give it the path of a socket: unix:///var/run/docker.sock",
        )
    return host.removeprefix("unix://")


def unreachable(error: BaseException) -> DockerError:
    if isinstance(error, PermissionError) or "Permission denied" in str(error):
        return DockerError(
            "The Docker engine may not be used by this account.",
            hint="Add it to the group docker, or run paas as root.",
        )
    return DockerError(
        f"The Docker engine can't be reached: {error}", hint="Start it with `service docker start`, or see its log."
    )


def said(body: bytes) -> str:
    """What dockerd says is wrong, which is JSON but for answers of a proxy in front of it."""
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace").strip() or "Docker gave no reason."
