"""Where sites listen and for which names, read from their texts; touches nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

EVERY_NAME = "_"
_LINE = re.compile(
    r"^ *(?:(server) \{|listen (\S+:)?(\d+)((?: (?:default_server|ssl|http2))*);|server_name ([^;{}'\"]+);)$",
    re.MULTILINE,
)


@dataclass(frozen=True, order=True)
class Listen:
    """An address and a port, as nginx writes them, and what is spoken there."""

    port: int
    address: str
    secure: bool
    http2: bool

    def __str__(self) -> str:
        return f"{self.address}{self.port}{' ssl' * self.secure}{' http2' * self.http2}"

    @property
    def place(self) -> tuple[str, int]:
        return self.address, self.port

    @property
    def speech(self) -> str:
        """What a client must speak there: on one port it is the same for all, whatever their sites say."""
        return "TLS" if self.secure else "plain HTTP/2" if self.http2 else "plain http"


@dataclass
class Server:
    """A server block.

    Attributes:
        listens: Where it listens.
        every: Where it answers for all names that nobody else has.
        names: Its host names.
    """

    listens: set[Listen]
    every: set[Listen]
    names: set[str]


def servers(text: str) -> Iterator[Server]:
    """The server blocks of a site."""
    found = None
    for server, address, port, flags, names in _LINE.findall(text):
        if server:
            if found:
                yield found
            found = Server(set(), set(), set())
        elif found and port:
            listen = Listen(int(port), address, "ssl" in flags.split(), "http2" in flags.split())
            found.listens.add(listen)
            if "default_server" in flags:
                found.every.add(listen)
        elif found:
            found.names |= set(names.split()) - {EVERY_NAME}
    if found:
        yield found


def of(words: Iterable[str]) -> set[Listen]:
    """Listens from what stands after `listen`."""
    text = "server {\n" + "".join(f"    listen {each};\n" for each in words)
    return {listen for server in servers(text) for listen in server.listens}
