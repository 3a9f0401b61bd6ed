"""What a plugin with a kind of service needs.

    from paas_services.api import Kind, commands

    app = commands(Kind(noun="memcached", …))

The kind is a value; `commands` makes all that its users can say of it. `names` tells other plugins which
services there are.
"""

from __future__ import annotations

from .events import Event
from .kept import names
from .kinds import Access, Held, Kind
from .verbs import commands

__all__ = ["Access", "Event", "Held", "Kind", "commands", "names"]
