"""An app as nginx text; touches nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from paas import Endpoint

from . import values
from .blocks import Block
from .settings import SETTINGS


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
        ipv6: Whether the server has IPv6 at all.
    """

    app: str
    blocks: Sequence[Block]
    endpoints: Sequence[Endpoint]
    access_log: str | None
    error_log: str | None
    settings: Mapping[str, str]
    includes: Mapping[str, str]
    ipv6: bool = True


def text(site: Site) -> str:
    """The site's file.

    Raises:
        InvalidValue: A value that must not stand in one.
    """
    import jinja2

    require_harmless(site)
    environment = jinja2.Environment(  # noqa: S701 (nothing is HTML here; every value is checked above)
        loader=jinja2.PackageLoader(__package__ or "", "."),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    containers = list(dict.fromkeys(block.container for block in site.blocks if not block.redirect))
    return environment.get_template("site.conf.j2").render(
        site=site,
        settings=site.settings,
        servers=list(dict.fromkeys(values.address(endpoint.address) for endpoint in site.endpoints)),
        upstreams=containers if site.endpoints else [],
        listens={block: list(listens(site, block)) for block in site.blocks},
        hsts=_hsts(site.settings),
    )


def app_of(text: str) -> str:
    """The name of the app that a site was written for."""
    return text.partition(":")[0].removeprefix("# ")


def listens(site: Site, block: Block) -> Iterator[str]:
    """The words after `listen`, one for each address."""
    flags = " default_server" if block.every else ""
    flags += " ssl http2" if block.certificate else " http2" if block.grpc else ""
    if site.ipv6 and (six := site.settings["bind-address-ipv6"]):
        yield f"{values.address(six)}:{block.port}{flags}"
    four = site.settings["bind-address-ipv4"]
    yield f"{values.address(four)}:{block.port}{flags}" if four else f"{block.port}{flags}"


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
    for path in filter(None, (site.access_log, site.error_log)):
        values.path(path)
    for key, value in site.settings.items():
        if value and not key.endswith("-log-path"):  # those are in the paths above
            SETTINGS.all[key].check(value)
    for name in site.includes:
        values.label(name)


def _hsts(settings: Mapping[str, str]) -> str:
    """What the header says; empty if it isn't sent."""
    if settings["hsts"] != "true":
        return ""
    subdomains = "; includeSubDomains" if settings["hsts-include-subdomains"] == "true" else ""
    preload = "; preload" if settings["hsts-preload"] == "true" else ""
    return f"max-age={settings['hsts-max-age']}{subdomains}{preload}"
