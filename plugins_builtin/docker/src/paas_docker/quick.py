"""Reads from dockerd over its unix socket, for commands that are to answer at once.

Importing docker-py, or even http.client with the e-mail and TLS modules behind it, costs more than they
do. HTTP/1.0 needs neither: an answer ends where the connection does.
"""

from __future__ import annotations

import json
import os
import re
import socket
from typing import Any
from urllib.parse import quote

from .api import DockerError, NotFound

DEFAULT = "unix:///var/run/docker.sock"
TIMEOUT = 60
"""Seconds that dockerd may be silent."""

_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]*")


def get(path: str, **query: Any) -> Any:
    """What dockerd answers to a GET, decoded.

    Args:
        path: Unversioned, such as `/containers/json`, so that any engine answers.
        query: Its parameters; mappings are sent as JSON.

    Raises:
        NotFound: There is no such thing.
        DockerError: dockerd doesn't run, or refuses.
    """
    words = [f"{key}={quote(value if isinstance(value, str) else json.dumps(value))}" for key, value in query.items()]
    try:
        status, body = _ask(path + ("?" + "&".join(words) if words else ""))
        answer = json.loads(body) if status < 300 else None
    except (OSError, ValueError, IndexError) as error:  # it doesn't answer, or in the middle no longer
        raise unreachable(error) from error
    if status == 404:
        raise NotFound(_message(body))
    if status >= 300:
        raise DockerError(_message(body))
    return answer


def _ask(path: str) -> tuple[int, bytes]:
    """The status and the body of dockerd's answer to a GET."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(TIMEOUT)
        connection.connect(socket_path())
        connection.sendall(f"GET {path} HTTP/1.0\r\nHost: docker\r\n\r\n".encode())
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


def _message(body: bytes) -> str:
    """What dockerd says is wrong, which is JSON but for answers of a proxy in front of it."""
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace").strip() or "Docker gave no reason."
