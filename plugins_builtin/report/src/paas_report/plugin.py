"""All that there is to know of this server and its apps."""

from __future__ import annotations

from collections.abc import Mapping

from paas import hookimpl


@hookimpl
def host_facts() -> Mapping[str, str]:
    from . import host

    return host.facts()
