"""Does nginx send an app's requests where the store says?"""

from __future__ import annotations

import re

from paas import App, Endpoint, PaasError, Release, hooks, releases
from paas_proxy import api as proxy

from . import server

_SERVER = re.compile(r"^ +server (\S+);$", re.MULTILINE)


def differences(app: App) -> list[str]:
    """Where nginx sends an app's requests, if not where the store says, a sentence each; none as a rule.

    Whether the rest of its site is as it should be is for doctor to say: a report can't wait for a site to be rendered.
    """
    if not _served(app):
        return []
    there = server.site(app)
    if there is None:
        return ["nginx has no site of it."]
    found = {address.rpartition(":")[0] for address in servers(there)}
    expected = {endpoint.address for endpoint in proxy.static_listeners(app) or _endpoints(app)}
    return [] if found == expected else [f"nginx sends its requests to {_list(found)} instead of {_list(expected)}."]


def wanted(app: App) -> str | None:
    """The site that would be written now; None if the app's requests don't go through nginx."""
    from . import serving

    live = _served(app)
    return serving.text(app, live, _endpoints(app)) if live else None


def _endpoints(app: App) -> list[Endpoint]:
    return releases.endpoints(releases.processes(app))


def servers(text: str) -> set[str]:
    """The addresses and ports that a site sends requests to."""
    return set(_SERVER.findall(text))


def _list(addresses: set[str]) -> str:
    return ", ".join(sorted(addresses)) or "nobody"


def _served(app: App) -> Release | None:
    """The live release of an app whose requests go through nginx."""
    live = releases.live(app)
    try:
        return live if live and hooks.plugins().holder("proxy", app) == server.NOUN else None
    except PaasError:  # several could be, and none was chosen
        return None
