"""An app's site, from what is known of the app to what nginx serves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from paas import App, Endpoint, Release, apps, hooks, lifecycle, output, privileged
from paas import hookspecs as core
from paas.context import current
from paas.state import GLOBAL
from paas_proxy import api as proxy

from . import blocks, catchall, hookspecs, logs, server, site
from .settings import values_for
from .site import Site

IPV6 = Path("/proc/net/if_inet6")


def configure(app: App, release: Release | None, endpoints: Sequence[Endpoint]) -> None:
    """Serve an app from these endpoints; nothing is served before its first release.

    Raises:
        Refused: nginx doesn't take it.
    """
    if not release:
        return clear(app)
    wanted = describe(app, release, endpoints)
    _put(app, site.text(wanted))


def describe(app: App, release: Release, endpoints: Sequence[Endpoint]) -> Site:
    """All that a site is made of, as it is now."""
    domains = hooks.gather(core.app_domains, app)
    ports = hooks.gather(core.app_ports, app, release.image)
    certificates = {domain: found for domain in domains if (found := proxy.certificate(app, domain))}
    for mapping in blocks.unsecured(ports, certificates):
        output.warn(f"Ignoring the port mapping {mapping}: {app.name} has no certificate")
    return Site(
        app=app.name,
        blocks=blocks.of(domains, ports, certificates, proxy.http_port(app)),
        endpoints=endpoints,
        access_log=logs.path(app, "access"),
        error_log=logs.path(app, "error"),
        settings=values_for(app),
        includes=hooks.gather(hookspecs.nginx_site_includes, app),
        ipv6=IPV6.exists(),
    )


def clear(app: App) -> None:
    """Serve an app no more."""
    if server.site(app) is not None or server.aside(server.file(app)).exists():
        _put(app, None)


def renamed(app: App) -> None:
    """Have the site of a renamed app carry its new name; a deploy under that name has seen to it already."""
    text = server.site(app)
    if text is not None and site.app_of(text) != app.name:
        lifecycle.reroute(app, "nginx", "apps:rename", lambda: None)


def prepare() -> None:
    """Have nginx read our files, and refuse host names that lead nowhere."""
    privileged.run("nginx-include")
    known = {server.file(app) for app in apps.all()}
    _report(server.put({path: None for path in server.read_all() if path not in known}, shared))


def shared(sites: Mapping[Path, str]) -> str:
    """The text of what all sites share."""
    port = current().paths.nginx.http_port
    block = blocks.Block(port, (), every=False, container=port)
    always = site.listens(Site("", (), (), None, None, values_for(GLOBAL), {}, IPV6.exists()), block)
    return catchall.text(sites.values(), always, {name for name in catchall.HASHES if _is_said_elsewhere(name)})


def _put(app: App, text: str | None) -> None:
    def ready() -> None:
        hooks.check(hookspecs.nginx_pre_reload, app)

    _report(server.put({server.file(app): text}, shared, ready))


def _report(broken: Sequence[tuple[Path, str]]) -> None:
    for file, said in broken:
        app = apps.by_id(int(file.stem))
        name = app.name if app else file.stem
        output.warn(
            f"The site of {name} was set aside: {said}",
            f"The others go on. Mend it, then run proxy:build-config {name}",
        )


def _is_said_elsewhere(directive: str) -> bool:
    """Whether nginx's own configuration has a directive that can't stand there twice."""
    nginx = current().paths.nginx
    others = [Path(nginx.config), *Path(nginx.include).parent.glob("*.conf")]
    return any(directive in _directives(path) for path in others if path != Path(nginx.include))


def _directives(path: Path) -> set[str]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # root's alone: nginx will say what clashes
        return set()
    return {line.split()[0] for line in lines if line.strip()}
