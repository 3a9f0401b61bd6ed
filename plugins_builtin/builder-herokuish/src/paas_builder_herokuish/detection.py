"""Whether buildpacks may build an app: they are tried on whatever no other builder takes.

So builders of other plugins come before this one: `before = ("builder-herokuish",)` in their plugin.py. A source that
names buildpacks is claimed for this builder by the plugin buildpacks, ahead of the others.
"""

from __future__ import annotations

from paas import App, Source, hooks, hookspecs

from . import buildpacks
from .settings import SETTINGS


def is_allowed(app: App) -> bool:
    """Whether buildpacks may build the app."""
    return SETTINGS.value(app, "allowed") == "true"


def names_buildpacks(app: App, source: Source) -> bool:
    """Whether the source, or a variable of the app, says that buildpacks are to build it."""
    return buildpacks.names_any(source, hooks.gather(hookspecs.app_environment, app, source.revision))
