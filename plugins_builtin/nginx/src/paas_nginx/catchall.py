"""What all sites share as nginx text: refuse host names that lead to no app; touches nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from . import tls, values
from .listens import Listen, Server, servers

HEAD = """\
# Written by paas: what all sites need.
map $http_upgrade $paas_connection {
    default upgrade;
    '' '';
}
"""
HASHES = {"server_names_hash_bucket_size": 512, "server_names_hash_max_size": 16384}
"""So that nginx takes long names and many sites; the main configuration may say so itself."""

PAGE = (
    "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=width=device-width>"
    "<title>$status</title><body style=font-family:sans-serif;text-align:center;margin-top:20vh>"
    "<h1>{}</h1><p>{}"
)
PAGES = {
    "~^4": ("This request was refused", "The server can not take it as it is (error $status)."),
    "404": ("Not found", "There is nothing at this address."),
    "413": ("Too large", "The server does not take that much at once."),
    "~^50[234]$": ("No answer", "The application does not answer at the moment. Please try again in a minute."),
    "default": ("Something went wrong", "The server could not carry out the request (error $status)."),
}
"""What stands on the pages for errors of nginx's own, by their status; an app's own errors go through as they are."""


@dataclass
class Claims:
    """Who answers for which names, and where.

    Attributes:
        names: Every host name with the site that has it; None for one that no site serves.
        taken: Where to the names that a site has there.
        wild: Where to the wildcards there, without their star, with their sites.
        every: Where to the site that answers for all other names.
    """

    names: dict[str, str | None] = field(default_factory=dict)
    taken: dict[Listen, set[str]] = field(default_factory=dict)
    wild: dict[Listen, dict[str, str]] = field(default_factory=dict)
    every: dict[Listen, str] = field(default_factory=dict)

    @classmethod
    def of(cls, sites: Mapping[str, Iterable[Server]]) -> Claims:
        claims = cls()
        for site, blocks in sites.items():
            for server in blocks:
                claims._add(site, server)
        return claims

    def _add(self, site: str, server: Server) -> None:
        self.names |= dict.fromkeys(server.names, site)
        self.every |= dict.fromkeys(server.every, site)
        wild = {name[1:]: site for name in server.names if name.startswith("*")}
        for listen in server.listens:
            self.taken.setdefault(listen, set()).update(server.names)
            if wild:
                self.wild.setdefault(listen, {}).update(wild)

    def reserved(self, shared: Collection[Listen]) -> Iterator[tuple[Listen, list[str]]]:
        """Names that a site would answer for although another app has them, on ports where that one isn't.

        Args:
            shared: Where every app may be: one that answers there for all names has no claim to those of others.
        """
        for listen in sorted(self.wild.keys() | (self.every.keys() & shared)):
            wild, every = self.wild.get(listen, {}), self.every.get(listen) if listen in shared else None
            others = self.names.keys() - self.taken[listen]
            found = [n for n in others if self._is_someone_elses(n, every) or self._is_covered(n, wild)]
            if found:
                yield listen, sorted(found)

    def _is_someone_elses(self, name: str, site: str | None) -> bool:
        return site is not None and self.names[name] != site

    def _is_covered(self, name: str, wild: Mapping[str, str]) -> bool:
        """Whether the closest wildcard above a name is another app's."""
        parts = name.removeprefix("*.").split(".")
        above = ("." + ".".join(parts[n:]) for n in range(1, len(parts)))
        site = next((wild[each] for each in above if each in wild), None)
        return self._is_someone_elses(name, site)


def common(said_elsewhere: Collection[str] = ()) -> str:
    """What every site needs, alone or with others.

    Args:
        said_elsewhere: Directives that the main configuration has already.
    """
    hashes = "".join(f"{name} {value};\n" for name, value in HASHES.items() if name not in said_elsewhere)
    pages = "".join(f"    {status} '{PAGE.format(*words)}';\n" for status, words in PAGES.items())
    return f"{HEAD}{hashes}map $status $paas_error_page {{\n{pages}}}\n"


def refusals(
    sites: Mapping[str, str],
    always: Collection[Listen],
    unserved: Callable[[], Iterable[str]] = lambda: (),
    challenges: str = "",
) -> str:
    """What refuses host names: those that lead to no app, and those of apps that aren't there.

    Args:
        sites: The texts of all sites by any name. Wherever they listen, and none of them takes every name, this does.
        always: Where to listen even if no site does.
        unserved: Gives the host names of apps without a site, asked for only if a site could answer for them.
        challenges: A location that is there in plain http before anything is refused: a name gets its certificate
            before its app is served.
    """
    claims = Claims.of({name: list(servers(text)) for name, text in sites.items()})
    if claims.wild or claims.every.keys() & set(always):
        claims.names |= {n: None for n in unserved() if n not in claims.names and values.is_domain(n)}
    strangers = sorted((claims.taken.keys() | set(always)) - claims.every.keys())
    text = "# Written by paas: what refuses host names that lead to no app.\n"
    text += _server(
        [f"{each} default_server" for each in strangers if not each.secure], ["_"], secure=False, before=challenges
    )
    text += _server([f"{each} default_server" for each in strangers if each.secure], ["_"], secure=True)
    for listen, names in claims.reserved(set(always)):
        text += _server([str(listen)], names, secure=listen.secure, before=challenges)
    return text


def without(text: str, gone: Collection[Listen]) -> str:
    """Refusals that listen no more where nginx can't; a block that would listen nowhere goes with it."""
    head, *blocks = re.split(r"^(?=server \{$)", text, flags=re.MULTILINE)
    lines = {f"    listen {listen}{flag};" for listen in gone for flag in ("", " default_server")}
    left = ["\n".join(line for line in block.split("\n") if line not in lines) for block in blocks]
    return head + "".join(block for block in left if "\n    listen " in block)


def conflict(site: str, sites: Mapping[str, str], always: Iterable[Listen]) -> tuple[Listen, Listen] | None:
    """Where a site would change what is spoken on a port that others have; None if it doesn't.

    Returns:
        What the site wants, and what there is.
    """
    theirs = {listen.place: listen for listen in always}
    for name, text in sites.items():
        if name != site:
            theirs |= {listen.place: listen for server in servers(text) for listen in server.listens}
    own = {listen for server in servers(sites[site]) for listen in server.listens}
    clashes = [each for each in sorted(own) if each.place in theirs and theirs[each.place].speech != each.speech]
    return (clashes[0], theirs[clashes[0].place]) if clashes else None


def _server(listens: list[str], names: Iterable[str], *, secure: bool, before: str = "") -> str:
    if not listens:
        return ""
    refusal = [*tls.LINES, "ssl_reject_handshake on;"]
    if not secure:
        refusal = ["server_tokens off;", *before.splitlines(), "location / {", "    return 444;", "}"]
    lines = [
        *(f"listen {listen};" for listen in listens),
        f"server_name {' '.join(names)};",
        "access_log off;",
        *refusal,
    ]
    return "server {\n" + "".join(f"    {line}\n" for line in lines) + "}\n"
