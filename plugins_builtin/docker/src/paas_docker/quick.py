"""Reads from dockerd over its unix socket, without docker-py, whose import costs more than they do."""

from __future__ import annotations

import http.client
import json
import os
import socket
from typing import Any
from urllib.parse import quote

from .api import DockerError, NotFound

DEFAULT = "unix:///var/run/docker.sock"


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("docker", timeout=60)
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
        body = json.loads(answer.read() or b"null")
    except OSError as error:
        raise unreachable(error) from error
    finally:
        connection.close()
    if answer.status == 404:
        raise NotFound(str(body["message"]))
    if answer.status >= 300:
        raise DockerError(str(body["message"]))
    return body


def socket_path() -> str:
    """The engine's socket, as `DOCKER_HOST` or by default.

    Raises:
        DockerError: `DOCKER_HOST` isn't a unix socket.
    """
    host = os.environ.get("DOCKER_HOST", DEFAULT)
    if not host.startswith("unix://"):
        raise DockerError(f"DOCKER_HOST is {host}; paas runs apps on the engine of its own server, unix://…")
    return host.removeprefix("unix://")


def unreachable(error: BaseException) -> DockerError:
    return DockerError(
        f"The Docker engine can't be reached: {error}", hint="Start it with `service docker start`, or see its log."
    )
