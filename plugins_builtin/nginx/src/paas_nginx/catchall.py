"""What all sites share as nginx text: refuse host names that lead to no app; touches nothing."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

HEAD = """\
# Written by paas: what all sites need, and what refuses host names that lead to no app.
map $http_upgrade $paas_connection {
    default upgrade;
    '' '';
}
"""
HASHES = {"server_names_hash_bucket_size": 512, "server_names_hash_max_size": 16384}
"""So that nginx takes long names and many sites; the main configuration may say so itself."""

_LISTEN = re.compile(r"^ +listen (\S+:)?(\d+)((?: (?:default_server|ssl|http2))*);$", re.MULTILINE)


@dataclass(frozen=True, order=True)
class Listen:
    """An address and a port, as nginx writes them, and what is spoken there."""

    port: int
    address: str
    secure: bool
    http2: bool

    def __str__(self) -> str:
        flags = " ssl" * self.secure + " http2" * self.http2
        return f"{self.address}{self.port} default_server{flags}"


def text(sites: Iterable[str], always: Iterable[str], said_elsewhere: Collection[str] = ()) -> str:
    """The file of what all sites share.

    Args:
        sites: The texts of all sites. Wherever they listen, and none of them takes every name, this does.
        always: Where to listen even if no site does, as the words after `listen`.
        said_elsewhere: Directives that the main configuration has already.
    """
    listens, claimed = found(sites)
    wanted = (listens | found(f"    listen {words};\n" for words in always)[0]) - claimed
    hashes = "".join(f"{name} {value};\n" for name, value in HASHES.items() if name not in said_elsewhere)
    plain = [listen for listen in sorted(wanted) if not listen.secure]
    secure = [listen for listen in sorted(wanted) if listen.secure]
    return HEAD + hashes + _server(plain, "return 444;") + _server(secure, "ssl_reject_handshake on;")


def found(sites: Iterable[str]) -> tuple[set[Listen], set[Listen]]:
    """Where sites listen, and where one of them takes every name."""
    listens, claimed = set(), set()
    for site in sites:
        for address, port, flags in _LISTEN.findall(site):
            listen = Listen(int(port), address, "ssl" in flags.split(), "http2" in flags.split())
            listens.add(listen)
            if "default_server" in flags:
                claimed.add(listen)
    return listens, claimed


def _server(listens: list[Listen], refusal: str) -> str:
    if not listens:
        return ""
    lines = [*(f"listen {listen};" for listen in listens), "server_name _;", "access_log off;", refusal]
    return "server {\n" + "".join(f"    {line}\n" for line in lines) + "}\n"
