"""An app as nginx text; touches nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from paas import Endpoint

from . import tls, values
from .blocks import Block
from .settings import SETTINGS

CHALLENGES = "/.well-known/acme-challenge/"
"""Where a certificate authority looks for an answer (RFC 8555, section 8.3)."""

ERROR_CODES = (400, 403, 404, 405, 408, 411, 413, 414, 416, 421, 429, 500, 501, 502, 503, 504, 505)
"""What nginx itself answers with; whatever an app answers goes through as it is."""


@dataclass(frozen=True)
class Site:
    """All that a site is made of.

    Attributes:
        app: The app's name.
        blocks: Its server blocks.
        endpoints: Where its processes answer.
        access_log: Path of the log, None for none.
        error_log: The same.
        settings: By key, as `nginx:set` names them.
        includes: Text of plugins for every server block, by a name of its own; they vouch for it.
        addresses: The IPv4 and the IPv6 address that nginx listens on for all apps; empty means all. An app that
            wants others answers nobody elsewhere: listening on addresses of its own would take them from the others.
        ipv6: Whether the server has IPv6 at all.
        challenges: The folder of answers to a certificate authority, which come before any redirect; empty for none.
    """

    app: str
    blocks: Sequence[Block]
    endpoints: Sequence[Endpoint]
    access_log: str | None
    error_log: str | None
    settings: Mapping[str, str]
    includes: Mapping[str, str]
    addresses: tuple[str, str] = ("", "::")
    ipv6: bool = True
    challenges: str = ""


def text(site: Site) -> str:
    """The site's file.

    Raises:
        InvalidValue: A value that must not stand in one.
    """
    from .sitetemplate import TEMPLATE

    require_harmless(site)
    rendered: str = TEMPLATE.render(
        site=site,
        settings=site.settings,
        servers=servers(site),
        upstreams=upstreams(site),
        listens={block: list(listens(site, block)) for block in site.blocks},
        hsts=hsts(site.settings),
        elsewhere=elsewhere(site),
        error_codes=ERROR_CODES,
        challenges=challenges(site.challenges),
        tls=tls.LINES,
    )
    return rendered


def app_of(text: str) -> str:
    """The name of the app that a site was written for."""
    return text.partition(":")[0].removeprefix("# ")


def listens(site: Site, block: Block) -> Iterator[str]:
    """The words after `listen`, one for each address."""
    flags = " default_server" if block.every else ""
    flags += " ssl http2" if block.certificate else " http2" if block.grpc else ""
    four, six = site.addresses
    if site.ipv6 and six:
        yield f"{values.address(six)}:{block.port}{flags}"
    yield f"{values.address(four)}:{block.port}{flags}" if four else f"{block.port}{flags}"


def servers(site: Site) -> list[str]:
    """The addresses of the processes, as they stand before a port."""
    return list(dict.fromkeys(values.address(endpoint.address) for endpoint in site.endpoints))


def upstreams(site: Site) -> list[int]:
    """The ports of the processes that requests go to."""
    containers = dict.fromkeys(block.container for block in site.blocks if not block.redirect)
    return list(containers) if site.endpoints else []


def require_harmless(site: Site) -> None:
    """Refuse values that would say more in a file than they should.

    Raises:
        InvalidValue: One of them is of another shape than its place.
    """
    values.app_name(site.app)
    for block in site.blocks:
        for name in block.names:
            values.domain(name)
        for port in (block.port, block.container, block.redirect or 1):
            values.port(port)
        if block.certificate:
            values.path(block.certificate.certificate)
            values.path(block.certificate.key)
    for path in filter(None, (site.access_log, site.error_log, site.challenges)):
        values.path(path)
    for key, value in site.settings.items():
        if value and not key.endswith("-log-path"):  # those are in the paths above
            SETTINGS.all[key].check(value)
    for name, snippet in site.includes.items():
        values.label(name)
        values.snippet(snippet)


def challenges(folder: str) -> str:
    """A location that answers a certificate authority from a folder; empty for none."""
    if not folder:
        return ""
    return (
        f"location ^~ {CHALLENGES} {{\n"
        f"    alias {values.path(folder)}/;\n"
        "    default_type text/plain;\n"
        "    auth_basic off;\n"
        "    allow all;\n"
        "}\n"
    )


def elsewhere(site: Site) -> str:
    """A pattern of the addresses of this server at which the app answers; empty if those are all."""
    own = site.settings["bind-address-ipv4"], site.settings["bind-address-ipv6"]
    if all(address in (usual, "", "::") for address, usual in zip(own, site.addresses, strict=True)):
        return ""
    four = re.escape(values.ipv4(own[0])) if own[0] else "[0-9.]+"
    six = ".*:.*" if own[1] in ("", "::") else re.escape(values.ipv6(own[1]))
    return f"^({four}|{six})$"


def hsts(settings: Mapping[str, str]) -> str:
    """What the header says; empty if it isn't sent."""
    if settings["hsts"] != "true":
        return ""
    subdomains = "; includeSubDomains" if settings["hsts-include-subdomains"] == "true" else ""
    preload = "; preload" if settings["hsts-preload"] == "true" else ""
    return f"max-age={settings['hsts-max-age']}{subdomains}{preload}"
