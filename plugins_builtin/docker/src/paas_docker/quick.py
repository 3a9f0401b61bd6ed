"""Reads from dockerd over its unix socket, without docker-py, whose import costs more than they do."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
from typing import Any
from urllib.parse import quote

from .api import DockerError, NotFound

DEFAULT = "unix:///var/run/docker.sock"
TIMEOUT = 60
"""Seconds that an answer may take."""

_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]*")


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("docker", timeout=TIMEOUT)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


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
    connection = _Connection(socket_path())
    try:
        connection.request("GET", path + ("?" + "&".join(words) if words else ""))
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise unreachable(error) from error
    finally:
        connection.close()
    if answer.status == 404:
        raise NotFound(_message(body))
    if answer.status >= 300:
        raise DockerError(_message(body))
    return json.loads(body)


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
