"""An app's own template of its site: where root allows it, it comes with the source and stays with the release."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from paas import App, Endpoint, InvalidValue, Release, Source, output, releases
from paas.state import GLOBAL
from paas_app_json.api import read_file

from . import conf, kept, permitted, server, site
from .conf import Directive
from .permitted import Place
from .refusal import Refused
from .settings import SETTINGS
from .site import Site

PATH, OF_DOKKU = "nginx-conf-sigil-path", "nginx.conf.sigil"
TRIED = Endpoint("127.0.0.1", 5000)
"""Stands in for the processes when a template is tried before there are any."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def of_source(app: App, source: Source) -> str | None:
    """The template that a source brings, None if it has none.

    Raises:
        PaasError: It isn't a text file of the source.
    """
    return read_file(source.folder, SETTINGS.value(app, PATH))


def of_release(app: App, release: Release) -> str | None:
    """The template that a release came with, if it may be used."""
    return kept.of_release(release.id) if is_used(app) else None


def is_allowed(app: App) -> bool:
    return SETTINGS.value(app, "allow-template") == "true"


def is_used(app: App) -> bool:
    return is_allowed(app) and SETTINGS.value(app, "disable-custom-config") != "true"


def judge(app: App, source: Source) -> None:
    """Refuse a source whose template makes no site; say so if there is one that isn't used.

    Raises:
        PaasError: It can't be rendered, uses what it may not, or nginx refuses what comes out.
    """
    from . import serving

    template, path = of_source(app, source), SETTINGS.value(app, PATH)
    if template is None:
        return _look_for_others(app, source, path)
    if not is_used(app):
        return _ignored(app, path)
    output.step(f"Pre-validating custom {path}")
    wanted = serving.describe(app, releases.live(app), [TRIED])
    if said := server.try_out(app, text(template, wanted, app)):
        raise Refused(said, hint=f"It comes from {path}. Mend that and push again.")


def text(template: str, wanted: Site, app: App) -> str:
    """A site as its app's template has it, with what plugins add, and nothing that isn't permitted.

    Raises:
        PaasError: It can't be rendered, or uses what it may not.
    """
    from .sandbox import render

    site.require_harmless(wanted)
    rendered = render(template, values_of(wanted, app))
    if _CONTROL.search(rendered):
        raise InvalidValue("The template gives control characters.")
    directives = conf.parse(rendered)
    permitted.check(directives, place_of(wanted, app))
    for directive in directives:
        if directive.name == "server" and directive.block is not None:
            directive.block[:0] = _added(wanted, is_plain=not any("ssl" in d.values for d in directive.block))
    head = f"# {wanted.app}: from its own template, written anew whenever something changes."
    return "\n".join([head, *conf.text(directives), ""])


def values_of(wanted: Site, app: App) -> dict[str, Any]:
    """What a template is given, by name."""
    return {
        "app": wanted.app,
        "prefix": _prefix(app),
        "domains": [name for block in wanted.blocks for name in block.names],
        "servers": site.servers(wanted),
        "upstreams": site.upstreams(wanted),
        "blocks": [
            {
                "port": block.port,
                "listens": list(site.listens(wanted, block)),
                "names": list(block.names),
                "container": block.container,
                "grpc": block.grpc,
                "certificate": block.certificate and block.certificate.certificate,
                "key": block.certificate and block.certificate.key,
                "redirect": block.redirect,
            }
            for block in wanted.blocks
        ],
        "settings": dict(wanted.settings),
        "access_log": wanted.access_log,
        "error_log": wanted.error_log,
        "hsts": site.hsts(wanted.settings),
        "error_codes": list(site.ERROR_CODES),
    }


def place_of(wanted: Site, app: App) -> Place:
    """What of the server is the app's own."""
    certificates = [block.certificate for block in wanted.blocks if block.certificate]
    return Place(
        prefix=_prefix(app),
        listens=[words for block in wanted.blocks for words in site.listens(wanted, block)],
        names=[name for block in wanted.blocks for name in block.names],
        addresses=site.servers(wanted),
        logs={"access": wanted.access_log, "error": wanted.error_log},
        certificates=([c.certificate for c in certificates], [c.key for c in certificates]),
    )


def _prefix(app: App) -> str:
    return f"app{app.id}_"


def _added(wanted: Site, *, is_plain: bool) -> Sequence[Directive]:
    """What stands in every server block, whatever the template says."""
    text = "".join(f"{snippet}\n" for _, snippet in sorted(wanted.includes.items()))
    if is_plain:
        text += site.challenges(wanted.challenges)
    if pattern := site.elsewhere(wanted):
        text = f'if ($server_addr !~ "{pattern}") {{ return 444; }}\n{text}'
    return conf.parse(text)


def _ignored(app: App, path: str) -> None:
    if is_allowed(app):
        return output.step(f"Ignoring {path}: disable-custom-config is true")
    output.warn(
        f"{path} is ignored: {app.name} is not allowed a template of its own.",
        f"Root can allow it, on the server: paas nginx:set {app.name} allow-template true",
    )


def _look_for_others(app: App, source: Source, path: str) -> None:
    """Say what a user of Dokku, or of a path of their own, may wonder about."""
    if any(SETTINGS.own(owner, PATH) for owner in (app, GLOBAL)):
        output.warn(f"The source has no {path}, which nginx:set {app.name} {PATH} names.")
    elif (source.folder / OF_DOKKU).exists():
        output.warn(f"{OF_DOKKU} is ignored: a template is written in Jinja here.", f"Rewrite it as {path}")
