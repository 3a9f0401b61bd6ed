"""What a report asks of plugins."""

from __future__ import annotations

from collections.abc import Mapping

from paas import hookspec


@hookspec.gather
def host_facts() -> Mapping[str, str]:
    """What to know of this server when something is wrong with it, such as the version of a program.

    Called by `report`, plugin by plugin: of one that fails, the reason is printed, and the others answer.

    Returns:
        A label, such as `Docker version`, to what is printed after it. Secrets don't belong here: people paste it.
    """
    return {}
