"""Which ports of the server lead to which ports of an app."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from paas import App, Image, PaasError, PortMapping, hooks, hookspecs, lifecycle, output, releases, state
from paas.state import CORE
from paas_proxy import api as proxy

from . import conflicts
from . import hookspecs as ports_hookspecs
from .conflicts import NOUN
from .mappings import ROUTED, container_port, parse

OWN_PORTS = range(10000, 20000)
"""Where an app without a domain gets a port of its own; below what the kernel gives to outgoing connections."""


def of(app: App, image: Image | None) -> list[PortMapping]:
    """The mappings that hold for an app.

    Args:
        image: What it runs or is about to.
    """
    return configured(app) or detected(app, image)


def configured(app: App) -> list[PortMapping]:
    """What was set for an app."""
    return [parse(word) for word in state.property(NOUN, app.owner, "map", ())]


def detected(app: App, image: Image | None) -> list[PortMapping]:
    """What an app gets when nothing is set: the usual ports with a domain, else a port of its own."""
    container = container_port(image)
    domains = hooks.gather(hookspecs.app_domains, app)
    if not domains:
        return [PortMapping("http", own_port(app), container)]
    mappings = [PortMapping("http", proxy.http_port(app), container)]
    if any(proxy.certificate(app, domain) for domain in domains):
        mappings.append(PortMapping("https", proxy.https_port(app), container))
    return mappings


def own_port(app: App) -> int:
    """A port of the server that belongs to this app for as long as it exists.

    Raises:
        PaasError: All are taken.
    """
    known: int | None = state.property(NOUN, app.owner, "own-port")
    return known or _allot(app)


def _allot(app: App) -> int:
    with CORE.writing():
        if known := state.property(NOUN, app.owner, "own-port"):  # since we looked
            return int(known)
        taken = set(conflicts.taken())
        port = next((p for p in OWN_PORTS if p not in taken and conflicts.is_free(p)), None)
        if port is None:
            raise PaasError("No port of the server is free for an app without a domain.", hint="Give it a domain.")
        state.change(NOUN, app.owner, {"own-port": port})
        return port


def change(app: App, action: str, to: Callable[[list[PortMapping]], Sequence[PortMapping]]) -> None:
    """Change what is set for an app and have its proxy follow.

    Raises:
        PaasError: A port can't be had, or the proxy refuses; nothing has changed.
    """
    lifecycle.reroute(app, NOUN, f"ports:{action}", lambda: keep(app, to(configured(app))))
    hooks.tell(ports_hookspecs.post_proxy_ports_update, app, action)
    _say_what_no_request_reaches(app)
    _say_when_a_restart_is_due(app)


def keep(app: App, wanted: Sequence[PortMapping]) -> None:
    """Keep mappings for an app, in place of those that were set.

    Raises:
        PaasError: A port can't be had.
    """
    with CORE.writing():
        conflicts.require_possible(app, wanted)
        conflicts.require_not_own(app, wanted)
        conflicts.require_unused(wanted)
        state.change(NOUN, app.owner, {"map": [str(mapping) for mapping in wanted] or None})


def copy(app: App, copy: App) -> None:
    """Give a clone the mappings of its original, unless they can't be shared."""
    try:
        keep(copy, configured(app))
    except PaasError as error:
        output.warn(f"{copy.name} does not get the ports of {app.name}: {error.message}")


def _say_what_no_request_reaches(app: App) -> None:
    for mapping in configured(app):
        if mapping.scheme not in ROUTED:
            output.warn(
                f"{mapping} is kept, but no proxy of ours serves {mapping.scheme}.", f"They serve {', '.join(ROUTED)}."
            )


def _say_when_a_restart_is_due(app: App) -> None:
    """Processes listen where PORT told them to when they were started."""
    live = releases.live(app)
    if not live or not live.ports:
        return
    now, then = of(app, live.image)[0].container, live.ports[0].container
    if now != then:
        output.detail(f"{app.name} was started with PORT={then}; ps:restart {app.name} starts it with {now}")
