"""Requests over connections that are kept and used again, as browsers and proxies do it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

BROKEN = (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError)


class Lost(Exception):
    """A request that a user would have seen fail, with what came instead of the answer."""


@dataclass
class Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def close(self) -> None:
        self.writer.close()


@dataclass
class Server:
    """A virtual host on a port of this machine.

    Attributes:
        retried: How many requests found that the connection they were to use again had been closed, which is a server's
            right; they were sent once more on a fresh one, as every real client does.
    """

    port: int
    host: str
    retried: int = 0
    _idle: list[Connection] = field(default_factory=list)

    async def get(self, path: str) -> bytes:
        """Fetch a page over a connection that was used before, if one is there.

        Raises:
            Lost: The user gets no page.
        """
        request = f"GET {path} HTTP/1.1\r\nHost: {self.host}\r\n\r\n".encode()
        if connection := self._kept():
            try:
                return await self._exchange(connection, request)
            except BROKEN:
                self.retried += 1
        return await self._fresh(request)

    async def get_anew(self, path: str) -> bytes:
        """The same over a connection of its own."""
        return await self._fresh(f"GET {path} HTTP/1.1\r\nHost: {self.host}\r\n\r\n".encode())

    async def post(self, path: str, body: bytes) -> bytes:
        """Send a body over a connection of its own; what comes back."""
        head = f"POST {path} HTTP/1.1\r\nHost: {self.host}\r\nContent-Length: {len(body)}\r\n\r\n"
        return await self._fresh(head.encode() + body)

    async def upgrade(self, path: str) -> Connection:
        """A connection that goes both ways from now on."""
        connection = await self._open()
        words = (f"GET {path} HTTP/1.1", f"Host: {self.host}", "Upgrade: websocket", "Connection: Upgrade", "", "")
        connection.writer.write("\r\n".join(words).encode())
        status, _headers = await _head(connection)
        if status != 101:
            connection.close()
            raise Lost(f"{path}: {status} instead of 101")
        return connection

    def close(self) -> None:
        for connection in self._idle:
            connection.close()

    def _kept(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if not connection.reader.at_eof():
                return connection
            connection.close()
        return None

    async def _open(self) -> Connection:
        return Connection(*await asyncio.open_connection("127.0.0.1", self.port))

    async def _fresh(self, request: bytes) -> bytes:
        try:
            return await self._exchange(await self._open(), request)
        except BROKEN as error:
            raise Lost(repr(error)) from error

    async def _exchange(self, connection: Connection, request: bytes) -> bytes:
        kept = False
        try:
            connection.writer.write(request)
            status, headers = await _head(connection)
            body = await _body(connection, headers)
            if status != 200:
                raise Lost(f"{status} {body[:60]!r}")
            kept = headers.get("connection") != "close"
            return body
        finally:
            if kept:
                self._idle.append(connection)
            else:
                connection.close()


async def _head(connection: Connection) -> tuple[int, dict[str, str]]:
    first, *lines = (await connection.reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return int(first.split()[1]), headers


async def _body(connection: Connection, headers: dict[str, str]) -> bytes:
    """A body of a length that was told; one that breaks off is lost, whatever the connection was."""
    try:
        return await connection.reader.readexactly(int(headers["content-length"]))
    except BROKEN as error:
        raise Lost(f"an answer that breaks off: {error!r}") from error
