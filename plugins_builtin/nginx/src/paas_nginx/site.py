"""An app as nginx text; touches nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

from paas import Endpoint, PortMapping

from . import values
from .settings import SETTINGS

DEFAULT = """\
# Written by paas: what all sites need, and the refusal of host names that lead nowhere.
map $http_upgrade $paas_connection {{ default upgrade; '' ''; }}
server_names_hash_bucket_size 512;
server_names_hash_max_size 8192;
server {{
    listen {port} default_server;
    listen [::]:{port} default_server;
    server_name _;
    access_log off;
    return 444;
}}
"""


@dataclass(frozen=True)
class Site:
    """All that a site is made of.

    Attributes:
        app: The app's name.
        domains: Host names that lead to it; none if it is reached by its ports alone.
        endpoints: Where its processes answer.
        ports: Which port leads to which.
        logs: nginx's folder of logs.
        settings: By key, as `nginx:set` names them.
        includes: Text of plugins for the server blocks, by name.
    """

    app: str
    domains: Sequence[str]
    endpoints: Sequence[Endpoint]
    ports: Sequence[PortMapping]
    logs: str
    settings: Mapping[str, str]
    includes: Mapping[str, str]


def text(site: Site) -> str:
    """The site's file.

    Raises:
        InvalidValue: A value that must not stand in one.
    """
    import jinja2

    _check(site)
    source = resources.files(__package__).joinpath("site.conf.j2").read_text(encoding="utf-8")
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=True)  # noqa: S701 (not HTML)
    listeners = [
        {"host": m.host, "container": m.container, "shared": bool(site.domains)}
        for m in site.ports
        if m.scheme == "http"
    ]
    return environment.from_string(source).render(
        app=site.app,
        domains=site.domains,
        servers=list(dict.fromkeys(endpoint.address for endpoint in site.endpoints)),
        upstreams=list(dict.fromkeys(m["container"] for m in listeners)) if site.endpoints else [],
        listeners=listeners,
        access_log=_log(site, "access"),
        error_log=_log(site, "error"),
        settings=site.settings,
        includes=site.includes,
    )


def default(port: int) -> str:
    """The file of what all sites share."""
    return DEFAULT.format(port=int(port))


def log_name(app: str, kind: str, settings: Mapping[str, str]) -> str:
    """The name of an app's log, `off` if it has none."""
    return settings[f"{kind}-log-path"] or f"{app}-{kind}.log"


def _log(site: Site, kind: str) -> str:
    name = log_name(site.app, kind, site.settings)
    if name == "off":
        return "off" if kind == "access" else "/dev/null crit"
    format = site.settings["access-log-format"] if kind == "access" else ""
    return f"{site.logs}/{values.log_name(name)}" + (f" {format}" if format else "")


def _check(site: Site) -> None:
    values.app_name(site.app)
    for domain in site.domains:
        values.host_name(domain)
    for endpoint in site.endpoints:
        values.address(endpoint.address)
    for key, value in site.settings.items():
        if value:
            SETTINGS.all[key].check(value)
