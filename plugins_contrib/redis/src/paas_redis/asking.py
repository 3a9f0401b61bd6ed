"""What a Redis server says when it is asked, over a connection from the server that it runs on."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any

from paas import PaasError
from paas_services.api import Access, Held

SECONDS = 10
"""For an answer."""
SAVE_SECONDS, POLL_SECONDS = 3600, 0.1
PAUSE_MILLISECONDS = "3000"
Ask = Callable[..., Any]
"""Words to the answer: text, a number, None, or a list of answers."""


class Refused(PaasError):
    """Redis has answered with an error."""


@contextmanager
def connected(access: Access) -> Iterator[Ask]:
    """What asks the server, until the block ends.

    Raises:
        PaasError: The server can't be reached, or refuses.
    """
    try:
        with (
            socket.create_connection((access.host, access.port), SECONDS) as connection,
            connection.makefile("rb") as answers,
        ):

            def ask(*words: str) -> Any:
                told = [word.encode() for word in words]
                connection.sendall(b"*%d\r\n" % len(told) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in told))
                return _read(answers)

            ask("AUTH", access.password)
            yield ask
    except OSError as error:
        raise PaasError(f"Redis can't be asked: {error}") from error


def _read(answers: IO[bytes]) -> Any:
    """One answer, as the protocol writes it.

    Raises:
        Refused: It is an error.
        ConnectionError: It breaks off.
    """
    line = answers.readline()
    if not line.endswith(b"\r\n"):
        raise ConnectionError("the connection was closed")
    kind, rest = line[:1], line[1:-2]
    match kind:
        case b"-":
            raise Refused(f"Redis refuses: {rest.decode(errors='replace')}")
        case b"$":
            return None if rest == b"-1" else answers.read(int(rest) + 2)[:-2].decode(errors="replace")
        case b"*":
            return None if rest == b"-1" else [_read(answers) for _ in range(int(rest))]
        case _:
            return rest.decode(errors="replace")


def answers(access: Access) -> bool:
    """Whether the server answers; it doesn't while it reads what it holds."""
    try:
        with connected(access) as ask:
            return bool(ask("PING") == "PONG")
    except PaasError:
        return False


def facts(access: Access) -> Mapping[str, str]:
    """The memory that the keys take, who is connected, and how many may be."""
    with connected(access) as ask:
        told = _fields(ask("INFO"))
        most = ask("CONFIG", "GET", "maxclients")[1]
    return {
        "size": told["used_memory_human"],
        "connections": str(int(told["connected_clients"]) - 1),
        "max-connections": most,
    }


@contextmanager
def frozen(access: Access) -> Iterator[Held]:
    """The keys of each database at one moment, and the file that holds what there was then.

    Those that expire aren't counted: they may be gone by the time that somebody counts again.
    """
    with connected(access) as ask:
        counts = _saved(ask)
        folder, name = (ask("CONFIG", "GET", what)[1] for what in ("dir", "dbfilename"))
    # Nothing else writes over the file soon: that is a matter of a minute after a save, as the points to save at are.
    yield Held(counts, [f"{folder}/{name}"])


def _saved(ask: Ask) -> dict[str, int]:
    """Have Redis save what it holds; how many keys were in each database as it began to, if it can tell.

    Raises:
        PaasError: It can't.
    """
    deadline = time.monotonic() + SAVE_SECONDS
    while True:
        _wait_for_save(ask, deadline)
        try:
            with _unwritten(ask) as still:
                keyspace = ask("INFO", "keyspace")
                ask("BGSAVE")
            break
        except Refused as error:  # another save, or the log's, has just begun
            if "BGSAVE" not in error.message and "in progress" not in error.message:
                raise
    if _wait_for_save(ask, deadline) != "ok":
        raise PaasError("Redis can't save what it holds.", hint="See its logs, and the space on the disk.")
    return {database: _lasting(text) for database, text in _fields(keyspace).items()} if still else {}


@contextmanager
def _unwritten(ask: Ask) -> Iterator[bool]:
    """Have whoever writes wait until the block ends, or is killed; whether Redis can do that, from 6.2 on.

    A transaction would not do: in one, Redis puts a save off.
    """
    try:
        ask("CLIENT", "PAUSE", PAUSE_MILLISECONDS, "WRITE")
    except Refused:
        yield False
        return
    try:
        yield True
    finally:
        ask("CLIENT", "UNPAUSE")


def _wait_for_save(ask: Ask, deadline: float) -> str:
    """How the last save has ended, once none goes on."""
    while True:
        told = _fields(ask("INFO", "persistence"))
        if told["rdb_bgsave_in_progress"] == told["aof_rewrite_in_progress"] == "0":
            return told["rdb_last_bgsave_status"]
        if time.monotonic() > deadline:
            raise PaasError(f"Redis is still saving after {SAVE_SECONDS} seconds.")
        time.sleep(POLL_SECONDS)


def _lasting(text: str) -> int:
    """The keys that don't expire, of `keys=3,expires=1,avg_ttl=0`."""
    counts = dict(part.split("=", 1) for part in text.split(","))
    return int(counts["keys"]) - int(counts["expires"])


def _fields(text: str) -> dict[str, str]:
    """What INFO tells, by name."""
    return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
