"""A container of the stand-in, and the network that it is in."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ..api import Container, DockerError, State
from .program import Behaviour


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")


@dataclass
class Running:
    """A container that was created, and what became of it.

    Attributes:
        image: The image's id.
        words: What it runs.
        environment: The image's variables and its own.
        lines: What it has printed, each with its time.
        files: What was put into it: path to content.
        joined: The further networks that it is in: name to its aliases there.
    """

    id: str
    plan: Container
    image: str
    words: Sequence[str]
    environment: Mapping[str, str]
    address: str | None
    lines: list[tuple[str, str]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    joined: dict[str, Sequence[str]] = field(default_factory=dict)
    status: str = "created"
    exit_code: int = 0
    restarts: int = 0
    started_at: str = ""
    created_at: str = field(default_factory=_now)
    _listener: socket.socket | None = None

    def start(self, program: Behaviour) -> None:
        """Run its program.

        Raises:
            DockerError: Something else has its address.
        """
        if self.status == "running":
            return
        self.started_at = _now()
        self.lines += [(_now(), line) for line in program.lines]
        self.status, self.exit_code = "running", 0
        if program.exit_code is not None:
            return self.end(program.exit_code)
        if program.listens and self.address and (port := self.environment.get("PORT", "")).isdigit():
            self._listen(int(port))

    def end(self, exit_code: int) -> None:
        """End, and be restarted if its policy says so."""
        self.close()
        if self.status != "running":
            return
        self.exit_code = exit_code
        policy = self.plan.restart.partition(":")[0]
        by_itself = exit_code not in (137, 143)
        again = by_itself and (policy in ("always", "unless-stopped") or (policy == "on-failure" and exit_code != 0))
        self.status = "restarting" if again else "exited"
        self.restarts += again

    def is_in(self, network: str) -> bool:
        return network in (self.plan.network, *self.joined)

    def close(self) -> None:
        if self._listener:
            self._listener.close()
            self._listener = None

    def state(self) -> State:
        return State(
            id=self.id,
            name=self.plan.name,
            status=self.status,
            labels=dict(self.plan.labels),
            exit_code=self.exit_code,
            restarts=self.restarts,
            address=self.address if self.status == "running" else None,
            started_at=self.started_at,
            image=self.image,
        )

    def inspected(self) -> dict[str, Any]:
        """What Docker's API would say, as far as anyone asks."""
        name, _, retries = self.plan.restart.partition(":")
        state = self.state()
        return {
            "Id": self.id,
            "Name": f"/{self.plan.name}",
            "Image": self.image,
            "Created": self.created_at,
            "RestartCount": self.restarts,
            "State": {
                "Status": self.status,
                "Running": state.is_running,
                "ExitCode": self.exit_code,
                "Error": "",
                "StartedAt": self.started_at or "0001-01-01T00:00:00Z",
            },
            "Config": {
                **self.plan.options,
                "Image": self.plan.image,
                "Cmd": list(self.plan.command) if self.plan.command is not None else None,
                "Env": [f"{key}={value}" for key, value in self.environment.items()],
                "Labels": dict(self.plan.labels),
                "StopTimeout": self.plan.stop_timeout,
            },
            "HostConfig": {
                **self.plan.host,
                "Binds": [":".join(filter(None, (m.source, m.target, m.options))) for m in self.plan.mounts],
                "Init": self.plan.init,
                "NetworkMode": self.plan.network or "default",
                "RestartPolicy": {"Name": name, "MaximumRetryCount": int(retries or 0)},
            },
            "NetworkSettings": {
                "Networks": {
                    **{name: {"IPAddress": "", "Aliases": list(aliases)} for name, aliases in self.joined.items()},
                    self.plan.network or "bridge": {"IPAddress": state.address or "", "Aliases": None},
                }
            },
        }

    def _listen(self, port: int) -> None:
        """Accept connections, as far as the kernel does that by itself."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((self.address, port))
        except OSError as error:
            listener.close()
            raise DockerError(f"{self.address}:{port}: {error.strerror}") from error
        listener.listen()
        self._listener = listener


class Subnet:
    """A part of the loopback device, `127.N.0.0/16`, that no other test has."""

    GUARD = 20009
    """The port by which one is taken."""

    def __init__(self) -> None:
        self._given = 1
        self._guard = socket.socket()
        for number in range(os.getpid() % 200, os.getpid() % 200 + 240):
            self._prefix = f"127.{number % 240 + 10}"
            try:
                self._guard.bind((f"{self._prefix}.0.1", self.GUARD))
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
            else:
                self._guard.listen()
                return
        raise DockerError("could not find an available, non-overlapping IPv4 address pool")

    def __str__(self) -> str:
        return f"{self._prefix}.0.0/16"

    def next(self) -> str:
        """An address from the part that is given out unasked."""
        self._given += 1
        return f"{self._prefix}.{self._given // 256}.{self._given % 256}"

    def close(self) -> None:
        self._guard.close()
