"""The users of an app, as a program of its own: `python -m testbed.traffic`.

Asks at a steady rate however long the answers take, until its standard input ends or its time is over, whichever
comes first; waits for what is still on its way, and prints what became of every request, as JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from .exchange import BROKEN, Lost, Server

PATIENCE_SECONDS = 60
"""How long a user waits for one answer."""
AT_ONCE = 5000
"""More requests than this on their way mean that nothing answers; the program ends."""
SOCKET_SECONDS, BEAT_SECONDS = 8, 0.5


@dataclass
class Crowd:
    """Users of one server.

    Attributes:
        seen: For each request its kind, when it was due (seconds, as time.monotonic), how long it took, and what was
            wrong; empty if nothing was.
    """

    server: Server
    ends_at: float
    upload: bytes
    seen: list[tuple[str, float, float, str]] = field(default_factory=list)
    _stopped: asyncio.Event = field(default_factory=asyncio.Event)
    _waiting: set[asyncio.Task[None]] = field(default_factory=set)

    async def page(self) -> None:
        _require((await self.server.get("/")).startswith(b"page "), "another page")

    async def slow(self) -> None:
        _require((await self.server.get_anew("/slow")).startswith(b"page "), "another page")

    async def upload_one(self) -> None:
        size = await self.server.post("/upload", self.upload)
        _require(int(size) == len(self.upload), f"{size!r} bytes arrived")

    async def socket(self) -> None:
        """Talk on a socket for a while: every word comes back, and nobody hangs up before we do."""
        try:
            connection = await self.server.upgrade("/socket")
            for beat in range(round(SOCKET_SECONDS / BEAT_SECONDS)):
                connection.writer.write(b"%d\n" % beat)
                _require(await connection.reader.readline() == b"%d\n" % beat, f"word {beat} did not come back")
                await asyncio.sleep(BEAT_SECONDS)
            connection.close()
        except BROKEN as error:
            raise Lost(repr(error)) from error

    async def ask_every(self, seconds: float, kind: str, ask: Callable[[], Awaitable[None]]) -> None:
        async for due in self._times(seconds):
            if len(self._waiting) >= AT_ONCE:
                sys.exit(f"{AT_ONCE} requests wait for their answers.")
            task = asyncio.create_task(self._watched(due, kind, ask))
            self._waiting.add(task)
            task.add_done_callback(self._waiting.discard)

    async def stop_with(self, input: asyncio.StreamReader) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(input.read(), self.ends_at - time.monotonic())
        self._stopped.set()

    async def all_answered(self) -> None:
        while self._waiting:
            await asyncio.wait(self._waiting)

    async def _times(self, seconds: float) -> AsyncIterator[float]:
        due = time.monotonic()
        while not self._stopped.is_set():
            yield due
            due += seconds
            await asyncio.sleep(max(0, due - time.monotonic()))

    async def _watched(self, due: float, kind: str, ask: Callable[[], Awaitable[None]]) -> None:
        said = ""
        try:
            await asyncio.wait_for(ask(), PATIENCE_SECONDS)
        except TimeoutError:
            said = f"no answer in {PATIENCE_SECONDS} seconds"
        except Lost as error:
            said = str(error)
        self.seen.append((kind, due, time.monotonic() - due, said))


def _require(holds: bool, said: str) -> None:
    if not holds:
        raise Lost(said)


async def _main(options: argparse.Namespace) -> None:
    server = Server(options.port, options.host)
    crowd = Crowd(server, time.monotonic() + options.seconds, bytes(options.upload_bytes))
    stdin = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdin), sys.stdin)
    share = 200 / options.rate  # the others keep their share of the pages
    await asyncio.gather(
        crowd.stop_with(stdin),
        crowd.ask_every(1 / options.rate, "page", crowd.page),
        crowd.ask_every(min(share, 5), "slow", crowd.slow),
        crowd.ask_every(min(2 * share, 5), "upload", crowd.upload_one),
        crowd.ask_every(min(2 * share, 4), "socket", crowd.socket),
    )
    await crowd.all_answered()
    server.close()
    json.dump({"seen": crowd.seen, "retried": server.retried}, sys.stdout)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", required=True)
    parser.add_argument("--rate", type=float, required=True, help="pages a second")
    parser.add_argument("--seconds", type=float, required=True, help="end after this, whatever happens")
    parser.add_argument("--upload-bytes", type=int, default=10_000_000)
    asyncio.run(_main(parser.parse_args()))
