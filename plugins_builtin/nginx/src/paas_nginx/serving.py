"""An app's site, from what is known of the app to what nginx serves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from paas import App, Endpoint, PaasError, Release, apps, hooks, lifecycle, output, privileged
from paas import hookspecs as core
from paas.context import current
from paas.state import GLOBAL
from paas_proxy import api as proxy

from . import blocks, catchall, hookspecs, listens, logs, server, site, templates, webserver
from .settings import SETTINGS, values_for
from .site import Site
from .trial import COMMON

IPV6 = Path("/proc/net/if_inet6")


def configure(app: App, release: Release | None, endpoints: Sequence[Endpoint]) -> None:
    """Serve an app from these endpoints; before its first release only what was sent elsewhere is served.

    Raises:
        Refused: nginx doesn't take it.
    """
    if not release and not proxy.static_listeners(app):
        return clear(app)
    _put(app, text(app, release, endpoints))


def text(app: App, release: Release | None, endpoints: Sequence[Endpoint]) -> str:
    """The site of an app that these endpoints serve.

    Raises:
        PaasError: Its template, or a value of it, is of no use.
    """
    wanted = describe(app, release, endpoints)
    template = templates.of_release(app, release) if release and wanted.endpoints else None
    return templates.text(template, wanted, app) if template else site.text(wanted)


def describe(app: App, release: Release | None, endpoints: Sequence[Endpoint]) -> Site:
    """All that a site is made of: as it is now, or as it will be once a release is live that is about to be."""
    if release and release.status == "pending":
        domains, ports = release.domains, release.ports
    else:
        domains = hooks.gather(core.app_domains, app)
        ports = hooks.gather(core.app_ports, app, release.image if release else None)
    certificates = {domain: found for domain in domains if (found := proxy.certificate(app, domain))}
    for mapping in blocks.unsecured(ports, certificates):
        output.warn(f"Ignoring the port mapping {mapping}: {app.name} has no certificate")
    served = blocks.of(domains, ports, certificates, proxy.http_port(app))
    if static := proxy.static_listeners(app):
        served, endpoints = blocks.leading_to(static[0].port, served), static
    return Site(
        app=app.name,
        blocks=served,
        endpoints=endpoints,
        access_log=logs.path(app, "access"),
        error_log=logs.path(app, "error"),
        settings=values_for(app),
        includes=hooks.gather(hookspecs.nginx_site_includes, app),
        addresses=_addresses(),
        ipv6=IPV6.exists(),
        challenges=str(proxy.challenges()),
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
    nginx = current().paths.nginx
    was_included = webserver.is_included(nginx, server.folder())
    privileged.run("nginx-include")
    if not was_included:
        output.detail(f"Wrote {nginx.include}")
    known = {server.file(app) for app in apps.all()}
    report(server.put({path: None for path in server.read_all() if path not in known}, shared))


def start() -> None:
    """Start nginx, without the sites that it refuses."""
    report(server.start())
    server.settle(shared)


def reload() -> None:
    """Have nginx read its files again; a site that it refuses now is set aside."""
    broken = server.reload()
    report(broken)
    if broken:
        server.settle(shared)


def shared(sites: Mapping[Path, str]) -> dict[str, str]:
    """The names and texts of the files that all sites share."""
    texts = {str(path): text for path, text in sites.items()}
    said_elsewhere = {name for name in catchall.HASHES if _is_said_elsewhere(name)}

    def unserved() -> list[str]:
        absent = [app for app in apps.all() if server.file(app) not in sites]
        return [domain for app in absent for domain in hooks.gather(core.app_domains, app)]

    refusals = catchall.refusals(texts, listens.of(_always()), unserved, site.challenges(str(proxy.challenges())))
    return {COMMON: catchall.common(said_elsewhere), webserver.REFUSALS: refusals}


def report(broken: Mapping[Path, str]) -> None:
    """Say which sites were set aside."""
    for file, said in broken.items():
        app = apps.by_id(int(file.stem))
        name = app.name if app else file.stem
        output.warn(
            f"The site of {name} was set aside: {said}",
            f"The others go on. Once that is mended it comes back by itself, or at once with proxy:build-config {name}",
        )


def _put(app: App, text: str | None) -> None:
    def agreed(sites: Mapping[Path, str]) -> dict[str, str]:
        if text is not None:
            _require_agreement(app, sites)
        return shared(sites)

    def ready() -> None:
        hooks.check(hookspecs.nginx_pre_reload, app)

    report(server.put({server.file(app): text}, agreed, ready))


def _require_agreement(app: App, sites: Mapping[Path, str]) -> None:
    """See that the app speaks on a port what others speak there, which would no longer be understood else."""
    texts = {str(path): text for path, text in sites.items()}
    if clash := catchall.conflict(str(server.file(app)), texts, listens.of(_always())):
        wanted, there = clash
        raise PaasError(
            f"{app.name} can't speak {wanted.speech} on port {wanted.port}: other apps speak {there.speech} there.",
            hint=f"Choose another port with ports:set {app.name}",
        )


def _always() -> list[str]:
    """Where unknown host names are refused although no site listens there: what stands after `listen`."""
    port = current().paths.nginx.http_port
    block = blocks.Block(port, (), every=False, container=port)
    return list(site.listens(Site("", (), (), None, None, {}, {}, _addresses(), IPV6.exists()), block))


def _addresses() -> tuple[str, str]:
    return SETTINGS.value(GLOBAL, "bind-address-ipv4"), SETTINGS.value(GLOBAL, "bind-address-ipv6")


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
